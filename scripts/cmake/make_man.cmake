# make_man.cmake - cmake -DTARE=program -DFOLDER=dir "-DCOMMANDS=a;b" -P make_man.cmake: writes the
# manual pages tare.1, tare-a.1, ... and tare.bash into FOLDER, as the program prints them.
function(say file)
    execute_process(COMMAND ${TARE} ${ARGN} OUTPUT_FILE ${FOLDER}/${file} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "tare ${ARGN} gave exit status ${status}")
    endif()
endfunction()

file(MAKE_DIRECTORY ${FOLDER})
say(tare.1 --man)
say(tare.bash --completion bash)
foreach(command IN LISTS COMMANDS)
    say(tare-${command}.1 ${command} --man)
endforeach()
