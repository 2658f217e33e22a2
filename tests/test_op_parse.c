/* tests/test_op_parse.c - the language of `tare segment`: trees and refusals. */
#include "segment/op.h"
#include "tests/support/ot_test.h"

/* The tree as a text with all parentheses. */
static void write_node(const struct ot_op_node *node, char *text, size_t size)
{
    const size_t used = strlen(text);
    char *end = text + used;
    const size_t room = size - used;
    static const char signs[] = {
        [OT_OP_UNION] = '|', [OT_OP_INTERSECTION] = '&', [OT_OP_DIFFERENCE] = '-'};
    if (node->key[0] != '\0') {
        (void)snprintf(end, room, "%s=", node->key);
        end = text + strlen(text);
    }
    switch (node->kind) {
    case OT_OP_NAME:
        (void)snprintf(end, size - strlen(text), "%s%s%s", node->role,
                       node->role[0] != '\0' ? ":" : "", node->text);
        break;
    case OT_OP_NUMBER:
        (void)snprintf(end, size - strlen(text), "%g/%d", node->number[0], (int)node->unit);
        break;
    case OT_OP_POINT:
        (void)snprintf(end, size - strlen(text), "<%g %g %g>", node->number[0], node->number[1],
                       node->number[2]);
        break;
    case OT_OP_CALL:
        (void)snprintf(end, size - strlen(text), "%s(", node->text);
        for (const struct ot_op_node *at = node->first; at != NULL; at = at->next) {
            write_node(at, text, size);
            (void)strncat(text, at->next != NULL ? "," : ")", size - strlen(text) - 1);
        }
        break;
    case OT_OP_UNION:
    case OT_OP_INTERSECTION:
    case OT_OP_DIFFERENCE:
        (void)strncat(text, "(", size - strlen(text) - 1);
        write_node(node->first, text, size);
        (void)snprintf(text + strlen(text), size - strlen(text), "%c", signs[node->kind]);
        write_node(node->first->next, text, size);
        (void)strncat(text, ")", size - strlen(text) - 1);
        break;
    }
}

static void expect(const char *step, enum ot_role role, const char *name, const char *tree)
{
    struct ot_op op;
    struct ot_err err = {0};
    char text[512] = "";
    assert_ok(ot_op_parse(step, &op, &err), err);
    assert_int_equal(op.role, role);
    assert_string_equal(op.name, name);
    write_node(op.root, text, sizeof text);
    assert_string_equal(text, tree);
}

static void steps_become_the_trees_that_a_physicist_means(void **state)
{
    (void)state;
    expect("perfused = threshold(spect, 10%) & liver", OT_ROLE_PERFUSED, "perfused",
           "(threshold(spect,10/1)&liver)");
    expect("perfused:RHA=largest( a|b|c )", OT_ROLE_PERFUSED, "RHA", "largest(((a|b)|c))");
    expect("tumor:\"GTV 1\" = \"old GTV\" - tumor:T2", OT_ROLE_TUMOR, "GTV 1",
           "(old GTV-tumor:T2)");
    expect("x = a - b & c", OT_ROLE_OTHER, "x", "((a-b)&c)");
    expect("x = a - (b & c)", OT_ROLE_OTHER, "x", "(a-(b&c))");
    expect("x = (a | b) - c", OT_ROLE_OTHER, "x", "((a|b)-c)");
    expect("tumor = grow(ct, -20HU, 1.5e2 HU, seed=(-1, 2mm, 3 cm), in = liver)", OT_ROLE_TUMOR,
           "tumor", "grow(ct,-20/4,150/4,seed=<-1 2 30>,in=liver)");
    expect("x = expand(a, 0.5cm)", OT_ROLE_OTHER, "x", "expand(a,5/3)");
    expect("x = above(pet, 5 kBq/ml, in=a&b)", OT_ROLE_OTHER, "x", "above(pet,5000/5,in=(a&b))");
    expect("x = grow(pet, 40%seed, 90%max, seed=(1,2,3))", OT_ROLE_OTHER, "x",
           "grow(pet,40/2,90/1,seed=<1 2 3>)");
}

static void what_cannot_be_meant_is_refused_at_its_column(void **state)
{
    (void)state;
    static const struct {
        const char *step, *part;
    } wrong[] = {
        {"", "column 1: a name is expected, not the end"},
        {"perfused", "column 9: '=' is expected, not the end"},
        {"perfused = ", "column 12: a name is expected, not the end"},
        {"perfused = liver liver", "column 18: &, |, - or the end is expected, not 'liver'"},
        {"perfused = liver | a & b", "column 22: '&' beside '|': put parentheses"},
        {"perfused = liver & a | b", "column 22: '|' beside '&': put parentheses"},
        {"perfused = (liver & a", "column 22: ')' is expected, not the end"},
        {"perfused = threshold(spect, 10 Gy)", "column 32: unknown unit 'Gy'; units are %"},
        {"perfused = threshold(spect, 10,5%)", NULL}, /* three arguments: for the evaluation */
        {"perfused = threshold(spect, 1.2.3)", "column 29: a number is expected"},
        {"perfused = threshold(spect,)", "column 28: a name is expected, not ')'"},
        {"perfused = 5 mm", "column 12: a VOI is expected, not a number"},
        {"perfused = liver - 5mm", "column 20: a VOI is expected, not a number"},
        {"purfused:RHA = liver", "column 1: unknown role 'purfused', did you mean perfused"},
        {"normal_liver:x = liver", "column 1: unknown role 'normal_liver'"},
        {"x = \"GTV", "column 5: the quote is not closed"},
        {"x = a ? b", "column 7: &, |, - or the end is expected, not '?'"},
        {"x = expand(a, (1, 2))", "column 20: ',' is expected, not ')'"},
        {"x = expand(a, (1, 2, 3%))", "column 22: three lengths in mm are expected"},
        {"x = f(a, 0x10)", "column 11: unknown unit 'x'"},
        {"x = f(a, nan)", NULL}, /* a name */
        {"x = f(a, 1e999)", "column 10: a number is expected, not '1e999'"},
        {"x = a\nb", "column 6: a line break"},
        {"\"a\nb\" = a", "column 3: a line break"},
        {"x = \xC3\xA4", "column 5: a name is expected, not '\xC3\xA4'"},
        {"x = ((((((((((((((((((((((((((a))))))))))))))))))))))))))", "24 deep"},
    };
    for (size_t n = 0; n < sizeof wrong / sizeof wrong[0]; n++) {
        struct ot_op op;
        struct ot_err err = {0};
        if (wrong[n].part == NULL) {
            assert_ok(ot_op_parse(wrong[n].step, &op, &err), err);
        } else {
            assert_refused(ot_op_parse(wrong[n].step, &op, &err), err, OT_ERR_ARG, wrong[n].part);
        }
    }
}

static void endless_steps_and_names_are_refused(void **state)
{
    (void)state;
    char step[2048] = "x = a";
    char name[100];
    struct ot_op op;
    for (size_t n = 0; n < 200; n++) {
        (void)strncat(step, " | a", sizeof step - strlen(step) - 1);
    }
    struct ot_err err = {0};
    assert_refused(ot_op_parse(step, &op, &err), err, OT_ERR_ARG, "the step is too long");
    /* The place for the last node is gone where a point begins. */
    (void)snprintf(step, sizeof step, "x = a");
    for (size_t n = 0; n < 62; n++) {
        (void)strncat(step, "|a", sizeof step - strlen(step) - 1);
    }
    (void)strncat(step, "|part(a, seed=(1, 2, 3))", sizeof step - strlen(step) - 1);
    struct ot_err full = {0};
    assert_refused(ot_op_parse(step, &op, &full), full, OT_ERR_ARG, "the step is too long");
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    (void)snprintf(step, sizeof step, "x = %s", name);
    struct ot_err longer = {0};
    assert_refused(ot_op_parse(step, &op, &longer), longer, OT_ERR_ARG, "over 63 characters");
}

/* Every beginning of a good step is refused or understood, never more. */
static void cut_steps_do_no_harm(void **state)
{
    (void)state;
    static const char whole[] = "tumor:\"a b\" = grow(ct, -2.5e1HU, 3%seed, seed=(1, -2mm, 3), "
                                "in=(x & y)) - \"q\" & tumor:z";
    for (size_t n = 0; n < sizeof whole; n++) {
        char step[sizeof whole];
        struct ot_op op;
        struct ot_err err = {0};
        memcpy(step, whole, n);
        step[n] = '\0';
        const enum ot_rc rc = ot_op_parse(step, &op, &err);
        assert_true(rc == OT_OK || (rc == OT_ERR_ARG && strstr(err.text, "column ") == err.text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_become_the_trees_that_a_physicist_means),
        cmocka_unit_test(what_cannot_be_meant_is_refused_at_its_column),
        cmocka_unit_test(endless_steps_and_names_are_refused),
        cmocka_unit_test(cut_steps_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
