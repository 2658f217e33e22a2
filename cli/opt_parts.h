/* cli/opt_parts.h - what opt.c, opt_json.c and opt_help.c share. */
#ifndef OT_CLI_OPT_PARTS_H
#define OT_CLI_OPT_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/opt.h"

/* The option of that name, '_' for '-' or not; NULL for none. */
const struct ot_opt *ot_opt_find(const struct ot_opts *opts, const char *name, size_t length);

/* The failure for a name that is not there, with the nearest that is. `as_key`: the name is a JSON
 * key or a column, shown with '_'. Always OT_ERR_ARG. */
enum ot_rc ot_opt_unknown(const struct ot_opts *opts, const char *name, size_t length, bool as_key,
                          struct ot_err *err);

void *ot_opt_field(const struct ot_opts *opts, const struct ot_opt *opt);

/* False when a higher origin has spoken; a first value of a list clears what was there. */
bool ot_opt_claim(struct ot_opts *opts, const struct ot_opt *opt, enum ot_origin origin);

/* Checks the choices and sets, or adds to a list. Errors: OT_ERR_ARG, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_opt_store_text(struct ot_opts *opts, const struct ot_opt *opt,
                                           const char *text, const char *folder,
                                           struct ot_err *err);

#endif /* OT_CLI_OPT_PARTS_H */
