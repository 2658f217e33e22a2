/* segment/op.h - the language of `tare segment`: one step that makes a VOI, as a tree.
 *
 *   step       = target '=' expression
 *   target     = ROLE [':' NAME] | NAME            a bare NAME has the role `other`
 *   expression = part { '|' part }                 union
 *              | part { ('&' | '-') part }         intersection, difference; from left to right
 *   part       = '(' expression ')' | NAME | ROLE ':' NAME | FUNCTION '(' arguments ')'
 *   arguments  = [ KEY '=' ] argument { ',' [ KEY '=' ] argument }
 *   argument   = expression | number | '(' number ',' number ',' number ')'
 *   number     = ['+' | '-'] digits [unit]         unit: % %max %seed mm cm HU Bq/ml kBq/ml
 *
 * `|` beside `&` or `-` needs parentheses: what binds first is not guessed. Names with other
 * characters than letters, digits, '_' and '.' stand in double quotes.
 */
#ifndef OT_SEGMENT_OP_H
#define OT_SEGMENT_OP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"

enum ot_op_kind {
    OT_OP_NAME,   /* an image or a VOI */
    OT_OP_NUMBER, /* number[0], unit */
    OT_OP_POINT,  /* number[0..2], mm */
    OT_OP_CALL,   /* text(first, ...) */
    OT_OP_UNION,  /* first, first->next */
    OT_OP_INTERSECTION,
    OT_OP_DIFFERENCE,
};

enum ot_op_unit {
    OT_OP_PLAIN = 0,
    OT_OP_PERCENT,         /* of the maximum: % or %max */
    OT_OP_PERCENT_OF_SEED, /* %seed */
    OT_OP_MM,
    OT_OP_HU,
    OT_OP_BQ_PER_ML,
};

enum { OT_OP_KEY_SIZE = 16, OT_OP_MOST_NODES = 128 };

struct ot_op_node {
    enum ot_op_kind kind;
    size_t column;               /* where it begins in the text, from 1 */
    char role[OT_VOI_NAME_SIZE]; /* of ROLE:NAME; "" otherwise */
    char text[OT_VOI_NAME_SIZE]; /* NAME, FUNCTION */
    char key[OT_OP_KEY_SIZE];    /* of an argument with one; "" otherwise */
    double number[3];            /* cm and kBq/ml are mm and Bq/ml here */
    enum ot_op_unit unit;
    const struct ot_op_node *first; /* the first operand or argument */
    const struct ot_op_node *next;  /* the next one beside it */
};

struct ot_op {
    enum ot_role role; /* of the VOI that is made */
    char name[OT_VOI_NAME_SIZE];
    const struct ot_op_node *root;
    struct ot_op_node node[OT_OP_MOST_NODES]; /* the tree's storage */
    size_t count;
};

/* Reads one step. `op` must not be copied: its tree points into itself.
 * Errors: OT_ERR_ARG, "column N: ...". */
OT_MUST_CHECK enum ot_rc ot_op_parse(const char *text, struct ot_op *op, struct ot_err *err);

#endif /* OT_SEGMENT_OP_H */
