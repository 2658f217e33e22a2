/* segment/op_parse.c - recursive descent over one step of `tare segment`. */
#include "segment/op.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "segment/op_number.h"

enum { DEEPEST = 24 };

struct parser {
    const char *text;
    const char *at;
    struct ot_op *op;
    int depth;
};

/* Records "column N: ...", counted from 1, in bytes. */
static void record_at(const struct parser *parser, const char *where, struct ot_err *err,
                      const char *fmt, ...) OT_PRINTF(4, 5);

static void record_at(const struct parser *parser, const char *where, struct ot_err *err,
                      const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)ot_fail(err, OT_ERR_ARG, "column %d: %s", (int)(where - parser->text) + 1, text);
}

/* As ot_fail(): its value is not OT_OK, and a compiler sees it. */
#define FAIL_AT(...) (record_at(__VA_ARGS__), OT_ERR_ARG)

static void skip_blanks(struct parser *parser)
{
    while (*parser->at == ' ' || *parser->at == '\t') {
        parser->at++;
    }
}

static bool is_word_byte(char byte)
{
    return isalnum((unsigned char)byte) != 0 || byte == '_' || byte == '.';
}

static bool is_word_start(char byte)
{
    return isalpha((unsigned char)byte) != 0 || byte == '_' || byte == '"';
}

/* What stands here, for a message. */
struct found {
    char text[24];
};

static struct found found_here(const struct parser *parser)
{
    struct found found = {"the end"};
    if (*parser->at != '\0') {
        size_t n = 1;
        while (n < sizeof found.text - 4 &&
               (is_word_byte(parser->at[n]) || ((unsigned char)parser->at[n] & 0xC0U) == 0x80U)) {
            n++; /* a character of several bytes stays whole */
        }
        (void)snprintf(found.text, sizeof found.text, "'%.*s'", (int)n, parser->at);
    }
    return found;
}

static enum ot_rc expect(struct parser *parser, char byte, struct ot_err *err)
{
    skip_blanks(parser);
    if (*parser->at != byte) {
        return FAIL_AT(parser, parser->at, err, "'%c' is expected, not %s", byte,
                       found_here(parser).text);
    }
    parser->at++;
    return OT_OK;
}

/* A word, or any text in double quotes. */
static enum ot_rc read_word(struct parser *parser, char *word, size_t size, struct ot_err *err)
{
    skip_blanks(parser);
    const char *start = parser->at;
    if (!is_word_start(*start)) {
        return FAIL_AT(parser, start, err, "a name is expected, not %s", found_here(parser).text);
    }
    const bool quoted = *start == '"';
    const char *from = quoted ? start + 1 : start;
    const char *end = from;
    while (quoted ? *end != '\0' && *end != '"' : is_word_byte(*end)) {
        end++;
    }
    if (quoted && *end == '\0') {
        return FAIL_AT(parser, start, err, "the quote is not closed");
    }
    const size_t length = (size_t)(end - from);
    if (length == 0 || length >= size) {
        return FAIL_AT(parser, start, err, "the name is empty or has over %d characters",
                       (int)size - 1);
    }
    memcpy(word, from, length);
    word[length] = '\0';
    parser->at = quoted ? end + 1 : end;
    return OT_OK;
}

static enum ot_rc new_node(struct parser *parser, enum ot_op_kind kind, const char *where,
                           struct ot_op_node **out, struct ot_err *err)
{
    if (parser->op->count == OT_OP_MOST_NODES) {
        return FAIL_AT(parser, where, err,
                       "the step is too long: make parts of it in steps of their own");
    }
    *out = &parser->op->node[parser->op->count++];
    **out = (struct ot_op_node){.kind = kind, .column = (size_t)(where - parser->text) + 1};
    return OT_OK;
}

static enum ot_rc read_unit(struct parser *parser, struct ot_op_node *node, struct ot_err *err)
{
    enum { SHOWN = 12 };
    double factor = 1.0;
    skip_blanks(parser);
    const char *start = parser->at;
    const size_t length = ot_op_scan_unit(start, &node->unit, &factor);
    if (length > 0 && node->unit == OT_OP_PLAIN) {
        return FAIL_AT(parser, start, err,
                       "unknown unit '%.*s'; units are %%, %%max, %%seed, mm, cm, HU, Bq/ml, "
                       "kBq/ml",
                       (int)(length < SHOWN ? length : SHOWN), start);
    }
    node->number[0] *= factor;
    parser->at = start + length;
    return OT_OK;
}

static enum ot_rc read_number(struct parser *parser, double *value, struct ot_err *err)
{
    skip_blanks(parser);
    const size_t length = ot_op_scan_number(parser->at, value);
    if (length == 0) {
        return FAIL_AT(parser, parser->at, err, "a number is expected, not %s",
                       found_here(parser).text);
    }
    parser->at += length;
    return OT_OK;
}

static enum ot_rc parse_number(struct parser *parser, struct ot_op_node **out, struct ot_err *err)
{
    enum ot_rc rc = new_node(parser, OT_OP_NUMBER, parser->at, out, err);
    if (rc == OT_OK) {
        rc = read_number(parser, &(*out)->number[0], err);
    }
    return rc == OT_OK ? read_unit(parser, *out, err) : rc;
}

/* (x, y, z), each in mm with or without saying so. */
static enum ot_rc parse_point(struct parser *parser, struct ot_op_node **out, struct ot_err *err)
{
    enum ot_rc rc = new_node(parser, OT_OP_POINT, parser->at, out, err);
    for (size_t c = 0; rc == OT_OK && c < 3; c++) {
        struct ot_op_node part = {.unit = OT_OP_PLAIN};
        rc = expect(parser, c == 0 ? '(' : ',', err);
        skip_blanks(parser);
        const char *where = parser->at;
        if (rc == OT_OK) {
            rc = read_number(parser, &part.number[0], err);
        }
        if (rc == OT_OK) {
            rc = read_unit(parser, &part, err);
        }
        if (rc == OT_OK && part.unit != OT_OP_MM && part.unit != OT_OP_PLAIN) {
            rc = FAIL_AT(parser, where, err, "three lengths in mm are expected here");
        }
        (*out)->number[c] = part.number[0];
    }
    if (rc != OT_OK) {
        return rc; /* *out may be NULL */
    }
    (*out)->unit = OT_OP_MM;
    return expect(parser, ')', err);
}

static enum ot_rc parse_expression(struct parser *parser, struct ot_op_node **out,
                                   struct ot_err *err);

static enum ot_rc parse_argument(struct parser *parser, struct ot_op_node **out, struct ot_err *err)
{
    char key[OT_OP_KEY_SIZE] = "";
    const char *start = parser->at;
    size_t length = 0;
    while (isalpha((unsigned char)start[length]) != 0) {
        length++;
    }
    const size_t gap = strspn(start + length, " \t");
    if (length > 0 && length < sizeof key && start[length + gap] == '=') {
        memcpy(key, start, length);
        key[length] = '\0';
        parser->at = start + length + gap + 1;
        skip_blanks(parser);
    }
    enum ot_rc rc = OT_OK;
    *out = NULL;
    if (ot_op_is_number_start(parser->at)) {
        rc = parse_number(parser, out, err);
    } else if (*parser->at == '(' &&
               ot_op_is_number_start(parser->at + 1 + strspn(parser->at + 1, " \t"))) {
        rc = parse_point(parser, out, err);
    } else {
        rc = parse_expression(parser, out, err);
    }
    if (rc == OT_OK) {
        memcpy((*out)->key, key, sizeof key);
    }
    return rc;
}

static enum ot_rc parse_arguments(struct parser *parser, struct ot_op_node *call,
                                  struct ot_err *err)
{
    struct ot_op_node *last = NULL;
    enum ot_rc rc = expect(parser, '(', err);
    while (rc == OT_OK) {
        struct ot_op_node *argument = NULL;
        skip_blanks(parser);
        rc = parse_argument(parser, &argument, err);
        if (rc != OT_OK) {
            break;
        }
        if (last == NULL) {
            call->first = argument;
        } else {
            last->next = argument;
        }
        last = argument;
        skip_blanks(parser);
        if (*parser->at != ',') {
            return expect(parser, ')', err);
        }
        parser->at++;
    }
    return rc;
}

static enum ot_rc parse_part(struct parser *parser, struct ot_op_node **out, struct ot_err *err)
{
    skip_blanks(parser);
    if (*parser->at == '(') {
        parser->at++;
        const enum ot_rc rc = parse_expression(parser, out, err);
        return rc == OT_OK ? expect(parser, ')', err) : rc;
    }
    if (ot_op_is_number_start(parser->at)) {
        return FAIL_AT(parser, parser->at, err, "a VOI is expected, not a number");
    }
    enum ot_rc rc = new_node(parser, OT_OP_NAME, parser->at, out, err);
    if (rc == OT_OK) {
        rc = read_word(parser, (*out)->text, sizeof(*out)->text, err);
    }
    if (rc == OT_OK && *parser->at == ':') {
        memcpy((*out)->role, (*out)->text, sizeof(*out)->role);
        parser->at++;
        return read_word(parser, (*out)->text, sizeof(*out)->text, err);
    }
    skip_blanks(parser);
    if (rc == OT_OK && *parser->at == '(') {
        (*out)->kind = OT_OP_CALL;
        rc = parse_arguments(parser, *out, err);
    }
    return rc;
}

static enum ot_rc parse_expression(struct parser *parser, struct ot_op_node **out,
                                   struct ot_err *err)
{
    char before = '\0';
    if (++parser->depth > DEEPEST) {
        return FAIL_AT(parser, parser->at, err,
                       "parentheses are more than %d deep: make parts in steps of their own",
                       (int)DEEPEST);
    }
    enum ot_rc rc = parse_part(parser, out, err);
    for (skip_blanks(parser); rc == OT_OK && *parser->at != '\0'; skip_blanks(parser)) {
        const char byte = *parser->at;
        struct ot_op_node *both = NULL;
        struct ot_op_node *right = NULL;
        if (byte != '|' && byte != '&' && byte != '-') {
            break;
        }
        if (before != '\0' && (before == '|') != (byte == '|')) {
            return FAIL_AT(parser, parser->at, err,
                           "'%c' beside '%c': put parentheses around what belongs together", byte,
                           before);
        }
        before = byte;
        rc = new_node(parser,
                      byte == '|' ? OT_OP_UNION
                                  : (byte == '&' ? OT_OP_INTERSECTION : OT_OP_DIFFERENCE),
                      parser->at++, &both, err);
        if (rc == OT_OK) {
            rc = parse_part(parser, &right, err);
        }
        if (rc == OT_OK) {
            both->first = *out;
            (*out)->next = right;
            *out = both;
        }
    }
    parser->depth--;
    return rc;
}

static const char *nth_role(size_t n, const void *context)
{
    (void)context;
    return n < OT_ROLE_NORMAL_PERFUSED ? ot_role_name((enum ot_role)n) : NULL;
}

static enum ot_rc parse_target(struct parser *parser, struct ot_err *err)
{
    struct ot_op *op = parser->op;
    skip_blanks(parser);
    const char *start = parser->at;
    enum ot_rc rc = read_word(parser, op->name, sizeof op->name, err);
    if (rc != OT_OK) {
        return rc;
    }
    const bool is_role = ot_role_from_name(op->name, &op->role);
    if (*parser->at == ':') {
        if (!is_role) {
            const char *nearest = ot_text_nearest(op->name, nth_role, NULL);
            return FAIL_AT(parser, start, err,
                           "unknown role '%s'%s%s; roles are liver, perfused, tumor, thrombus, "
                           "lungs, body, exclude",
                           op->name, nearest != NULL ? ", did you mean " : "",
                           nearest != NULL ? nearest : "");
        }
        parser->at++;
        return read_word(parser, op->name, sizeof op->name, err);
    }
    op->role = is_role ? op->role : OT_ROLE_OTHER;
    return OT_OK;
}

/* Steps are told in messages, tables and results, a line each. A tab is a blank. */
static enum ot_rc refuse_controls(const struct parser *parser, struct ot_err *err)
{
    for (const char *at = parser->text; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at) != 0 && *at != '\t') {
            return FAIL_AT(parser, at, err, "a line break or control character: leave it out");
        }
    }
    return OT_OK;
}

enum ot_rc ot_op_parse(const char *text, struct ot_op *op, struct ot_err *err)
{
    struct parser parser = {.text = text, .at = text, .op = op};
    struct ot_op_node *root = NULL;
    *op = (struct ot_op){.role = OT_ROLE_OTHER};
    enum ot_rc rc = refuse_controls(&parser, err);
    if (rc == OT_OK) {
        rc = parse_target(&parser, err);
    }
    if (rc == OT_OK) {
        rc = expect(&parser, '=', err);
    }
    if (rc == OT_OK) {
        rc = parse_expression(&parser, &root, err);
    }
    if (rc == OT_OK && *parser.at != '\0') {
        rc = FAIL_AT(&parser, parser.at, err, "&, |, - or the end is expected, not %s",
                     found_here(&parser).text);
    }
    op->root = root;
    return rc;
}
