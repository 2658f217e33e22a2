/* tests/test_cmd_tables.c - every command's table of options keeps what its readers rely on. */
#include <ctype.h>
#include <limits.h>

#include "cli/case.h"
#include "cli/cmd.h"
#include "tests/support/ot_test.h"

static void *field(const struct ot_cmd *cmd, const struct ot_opt *opt)
{
    return (char *)(uintptr_t)cmd->defaults + opt->offset;
}

static size_t size_of(enum ot_opt_kind kind)
{
    switch (kind) {
    case OT_OPT_FLAG:
        return sizeof(bool);
    case OT_OPT_INT:
        return sizeof(int);
    case OT_OPT_F64:
        return sizeof(double);
    case OT_OPT_TEXT:
        return sizeof(const char *);
    case OT_OPT_TEXTS:
        return sizeof(struct ot_texts);
    }
    return 0;
}

/* The check of one option of one command; its name is in every message. */
typedef void check_fn(const struct ot_cmd *cmd, const struct ot_opt *opt, const char *name);

static void for_each(check_fn *check)
{
    for (size_t c = 0; c < ot_command_count; c++) {
        const struct ot_cmd *cmd = ot_commands[c];
        for (size_t n = 0; n < cmd->opt_count; n++) {
            char name[160];
            (void)snprintf(name, sizeof name, "tare %s --%s (entry %zu)", cmd->name,
                           cmd->opts[n].name != NULL ? cmd->opts[n].name : "?", n);
            check(cmd, &cmd->opts[n], name);
        }
    }
}

#define REQUIRE(condition, name) \
    do { \
        if (!(condition)) { \
            fail_msg("%s: not so: %s", (name), #condition); \
            return; /* never reached; fail_msg() does not say so */ \
        } \
    } while (0)

static void commands_are_whole_and_have_names_of_their_own(void **state)
{
    (void)state;
    for (size_t c = 0; c < ot_command_count; c++) {
        const struct ot_cmd *cmd = ot_commands[c];
        REQUIRE(cmd->name != NULL && cmd->name[0] != '\0', "a command");
        REQUIRE(cmd->summary != NULL && cmd->details != NULL && cmd->example != NULL, cmd->name);
        REQUIRE(cmd->opts != NULL && cmd->defaults != NULL && cmd->run != NULL, cmd->name);
        REQUIRE(cmd->opt_count > 0 && cmd->opt_count <= OT_MAX_OPTS, cmd->name);
        const size_t end = strlen(cmd->summary);
        REQUIRE(end > 0 && cmd->summary[end - 1] != '.', cmd->name);
        char start[64];
        (void)snprintf(start, sizeof start, "tare %s", cmd->name);
        REQUIRE(strncmp(cmd->example, start, strlen(start)) == 0, cmd->name);
        for (size_t other = 0; other < c; other++) {
            REQUIRE(strcmp(ot_commands[other]->name, cmd->name) != 0, cmd->name);
        }
    }
}

static void check_entry(const struct ot_cmd *cmd, const struct ot_opt *opt, const char *name)
{
    REQUIRE(opt->name != NULL && opt->name[0] != '\0', name);
    REQUIRE(opt->help != NULL && opt->help[0] != '\0', name);
    REQUIRE(opt->unit != NULL, name);
    REQUIRE(opt->kind == OT_OPT_FLAG || opt->unit[0] != '\0', name);
    REQUIRE(strspn(opt->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(opt->name), name);
    REQUIRE(opt->offset + size_of(opt->kind) <= cmd->params_size, name);
}

static void no_entry_is_empty_and_each_points_into_its_struct(void **state)
{
    (void)state;
    for_each(check_entry);
    assert_int_equal(sizeof ot_case_opts / sizeof ot_case_opts[0], OT_CASE_OPT_COUNT);
    REQUIRE(ot_case_opts[OT_CASE_OPT_COUNT - 1].name != NULL, "the case's table");
}

static void check_unique(const struct ot_cmd *cmd, const struct ot_opt *opt, const char *name)
{
    for (const struct ot_opt *other = cmd->opts; other < opt; other++) {
        REQUIRE(strcmp(other->name, opt->name) != 0, name);
        REQUIRE(other->offset != opt->offset, name);
    }
}

static void names_and_fields_occur_once(void **state)
{
    (void)state;
    for_each(check_unique);
}

static void check_default(const struct ot_cmd *cmd, const struct ot_opt *opt, const char *name)
{
    if (opt->kind == OT_OPT_F64) {
        const double value = *(const double *)field(cmd, opt);
        REQUIRE(opt->lo < opt->hi, name);
        REQUIRE(isnan(value) || (value >= opt->lo && value <= opt->hi), name);
    } else if (opt->kind == OT_OPT_INT) {
        const int value = *(const int *)field(cmd, opt);
        REQUIRE(opt->lo < opt->hi && opt->lo >= INT_MIN && opt->hi <= INT_MAX, name);
        REQUIRE(value >= opt->lo && value <= opt->hi, name);
    } else if (opt->kind == OT_OPT_FLAG) {
        REQUIRE(!*(const bool *)field(cmd, opt), name); /* else it could not be turned on */
    } else if (opt->kind == OT_OPT_TEXTS) {
        REQUIRE(((const struct ot_texts *)field(cmd, opt))->count == 0, name);
    }
}

static void defaults_lie_within_their_own_limits(void **state)
{
    (void)state;
    for_each(check_default);
}

static void check_choices(const struct ot_cmd *cmd, const struct ot_opt *opt, const char *name)
{
    if (opt->choices == NULL) {
        return;
    }
    REQUIRE(opt->kind == OT_OPT_TEXT || opt->kind == OT_OPT_TEXTS, name);
    REQUIRE(opt->choices[0] != NULL, name);
    const char *wanted =
        opt->kind == OT_OPT_TEXT ? *(const char *const *)field(cmd, opt) : opt->choices[0];
    bool found = wanted == NULL;
    for (size_t n = 0; opt->choices[n] != NULL; n++) {
        found = found || strcmp(opt->choices[n], wanted) == 0;
    }
    REQUIRE(found, name);
}

static void the_default_is_one_of_the_choices(void **state)
{
    (void)state;
    for_each(check_choices);
}

static void check_help(const struct ot_cmd *cmd, const struct ot_opt *opt, const char *name)
{
    (void)cmd;
    const size_t end = strlen(opt->help);
    REQUIRE(opt->help[end - 1] != '.', name);
    /* Abbreviations (CT, SPECT) and names of people keep their capitals. */
    static const char *const people[] = {"Child-Pugh", "Couinaud", "Gaussian"};
    bool sentence = isupper((unsigned char)opt->help[0]) && islower((unsigned char)opt->help[1]);
    for (size_t n = 0; n < sizeof people / sizeof people[0]; n++) {
        sentence = sentence && strncmp(opt->help, people[n], strlen(people[n])) != 0;
    }
    REQUIRE(!sentence, name);
    REQUIRE(strchr(opt->help, '\n') == NULL, name);
}

static void help_is_one_phrase_without_capital_and_full_stop(void **state)
{
    (void)state;
    for_each(check_help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_whole_and_have_names_of_their_own),
        cmocka_unit_test(no_entry_is_empty_and_each_points_into_its_struct),
        cmocka_unit_test(names_and_fields_occur_once),
        cmocka_unit_test(defaults_lie_within_their_own_limits),
        cmocka_unit_test(the_default_is_one_of_the_choices),
        cmocka_unit_test(help_is_one_phrase_without_capital_and_full_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
