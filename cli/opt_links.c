/* cli/opt_links.c - symbolic links inside the folders that options name. */
#include <string.h>

#include "cli/opt_parts.h"
#include "io/file.h"

/* Folders of results are written and read by the names of their files, never searched. */
static bool is_searched(const struct ot_opt *opt)
{
    return opt->path != OT_NO_PATH && strcmp(opt->name, "out") != 0 &&
           strcmp(opt->name, "plan") != 0;
}

/* PATH, PATH#SELECTOR or ...=PATH#SELECTOR; a '#' may also be part of the name. */
static enum ot_rc check_value(const struct ot_opt *opt, const char *value, struct ot_err *err)
{
    struct ot_texts pool = {0};
    const char *equals = opt->path == OT_PATH_AFTER_EQUALS ? strchr(value, '=') : NULL;
    const char *path = equals != NULL ? equals + 1 : value;
    const char *hash = strrchr(path, '#');
    if (hash != NULL && !ot_file_is_folder(path)) {
        path = ot_texts_add(&pool, "%.*s", (int)(hash - path), path);
    }
    enum ot_rc rc = OT_ERR_NOMEM;
    if (path != NULL) {
        rc = ot_file_refuse_links(path, err);
    } else {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for a path");
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s%s", opt->positional ? "" : "--", opt->name);
    }
    ot_texts_release(&pool);
    return rc;
}

enum ot_rc ot_opts_check_links(const struct ot_opts *opts, bool follow, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && !follow && n < opts->count; n++) {
        const struct ot_opt *opt = &opts->table[n];
        if (!is_searched(opt)) {
            continue;
        }
        if (opt->kind == OT_OPT_TEXT) {
            const char *value = *(const char *const *)ot_opt_field(opts, opt);
            rc = value != NULL ? check_value(opt, value, err) : OT_OK;
        } else if (opt->kind == OT_OPT_TEXTS) {
            const struct ot_texts *list = (const struct ot_texts *)ot_opt_field(opts, opt);
            for (size_t t = 0; rc == OT_OK && t < list->count; t++) {
                rc = check_value(opt, list->text[t], err);
            }
        }
    }
    return rc;
}
