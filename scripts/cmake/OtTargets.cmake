# The kinds of target in this project. Each carries its own warnings.

option(OT_WERROR "Treat warnings as errors" OFF)
set(OT_SANITIZE "" CACHE STRING "Comma-separated sanitizers, e.g. address,undefined")

add_library(ot_c_flags INTERFACE)
target_include_directories(ot_c_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(ot_c_flags INTERFACE _POSIX_C_SOURCE=200809L
    OT_VERSION="${PROJECT_VERSION}"
    $<$<BOOL:${OT_BUILD_TESTS}>:OT_TEST_HOOKS>)
# -Wdouble-promotion is gcc's: clang's also warns of NAN and INFINITY, which are floats.
target_compile_options(ot_c_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion
        -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
        -Wcast-qual -Wcast-align -Wwrite-strings -Wformat=2 -Wundef -Wswitch-enum
        $<$<C_COMPILER_ID:GNU>:-Wc++-compat;-Wdouble-promotion;-Wno-format-truncation> $<$<C_COMPILER_ID:Clang>:-Wassign-enum>>
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow>
    $<$<BOOL:${OT_WERROR}>:-Werror>
    -ffp-contract=off)
if(OT_SANITIZE)
    target_compile_options(ot_c_flags INTERFACE -fsanitize=${OT_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(ot_c_flags INTERFACE -fsanitize=${OT_SANITIZE})
endif()

# ot_add_layer(NAME USES layer...): the room's library, made of every .c file in the folder.
# USES is the whole list of layers it may include; scripts/check_layers.py checks the
# same rule in the #includes.
function(ot_add_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES")
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    add_library(ot_${name} STATIC ${sources})
    list(TRANSFORM arg_USES PREPEND ot_)
    target_link_libraries(ot_${name} PUBLIC ot_c_flags ${arg_USES} m)
endfunction()

# ot_add_shim(NAME SOURCES file... PACKAGES target... SYSTEM dir...): C++ behind a C header.
# The package is PRIVATE, so its headers cannot be included from any C layer.
function(ot_add_shim name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PACKAGES;SYSTEM")
    add_library(ot_shim_${name} STATIC ${arg_SOURCES})
    target_link_libraries(ot_shim_${name} PRIVATE ot_c_flags ot_core ${arg_PACKAGES})
    target_include_directories(ot_shim_${name} SYSTEM PRIVATE ${arg_SYSTEM})
endfunction()
