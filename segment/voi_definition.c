/* segment/voi_definition.c - the set algebra of derived VOIs, as text. */
#include <string.h>

#include "segment/voi_algebra.h"

#define MINUS " \xE2\x88\x92 "
#define UNION " \xE2\x88\xAA "

/* "liver", "tumor:T1": the role, and the name where it has one of its own. */
static void put_voi(const struct ot_voi *voi, struct ot_buffer *text)
{
    const char *role = ot_role_name(voi->role);
    ot_buffer_text(text, role);
    if (strcmp(voi->name, role) != 0) {
        ot_buffer_printf(text, ":%s", voi->name);
    }
}

static bool has_any(const enum ot_role *roles, size_t role_count, enum ot_role role)
{
    for (size_t n = 0; n < role_count; n++) {
        if (roles[n] == role) {
            return true;
        }
    }
    return false;
}

/* All given VOIs of some roles, joined; in parentheses where `grouped` and there are several. */
static void put_union(const struct ot_voi *given, size_t count, const enum ot_role *roles,
                      size_t role_count, bool grouped, struct ot_buffer *text)
{
    size_t members = 0;
    for (size_t n = 0; n < count; n++) {
        members += has_any(roles, role_count, given[n].role);
    }
    ot_buffer_text(text, grouped && members > 1 ? "(" : "");
    for (size_t n = 0, put = 0; n < count; n++) {
        if (has_any(roles, role_count, given[n].role)) {
            ot_buffer_text(text, put++ > 0 ? UNION : "");
            put_voi(&given[n], text);
        }
    }
    ot_buffer_text(text, grouped && members > 1 ? ")" : "");
}

/* What is taken away; where there is none, that it is none of what could be. */
static void put_minus(const struct ot_voi *given, size_t count, const enum ot_role *roles,
                      size_t role_count, struct ot_buffer *text)
{
    bool any = false;
    for (size_t n = 0; n < count; n++) {
        any = any || has_any(roles, role_count, given[n].role);
    }
    if (any) {
        ot_buffer_text(text, MINUS);
        put_union(given, count, roles, role_count, true, text);
        return;
    }
    ot_buffer_text(text, " (no ");
    for (size_t n = 0; n < role_count; n++) {
        ot_buffer_printf(text, "%s%s", n == 0 ? "" : (n + 1 == role_count ? " or " : ", "),
                         ot_role_name(roles[n]));
    }
    ot_buffer_text(text, " VOI to take away)");
}

/* The perfused VOI whose normal tissue this is; NULL: of all. */
static const struct ot_voi *territory_of(const struct ot_voi *given, size_t count,
                                         const struct ot_voi *voi)
{
    const char *colon = strchr(voi->name, ':');
    for (size_t n = 0; colon != NULL && n < count; n++) {
        if (given[n].role == OT_ROLE_PERFUSED && strcmp(given[n].name, colon + 1) == 0) {
            return &given[n];
        }
    }
    return NULL;
}

void ot_vois_definition(const struct ot_voi *given, size_t count, const struct ot_voi *derived,
                        struct ot_buffer *text)
{
    static const enum ot_role liver[] = {OT_ROLE_LIVER};
    static const enum ot_role perfused[] = {OT_ROLE_PERFUSED};
    static const enum ot_role others[] = {OT_ROLE_TUMOR, OT_ROLE_THROMBUS, OT_ROLE_EXCLUDE};
    const struct ot_voi *territory = territory_of(given, count, derived);
    const enum ot_role role = derived->role;
    if (role == OT_ROLE_NORMAL_PERFUSED && territory != NULL) {
        put_voi(territory, text);
    } else if (role == OT_ROLE_NORMAL_PERFUSED) {
        put_union(given, count, perfused, 1, true, text);
    } else if (role == OT_ROLE_NORMAL_LIVER || role == OT_ROLE_NONPERFUSED_LIVER) {
        put_union(given, count, liver, 1, true, text);
    } else {
        put_union(given, count, &role, 1, false, text);
        return;
    }
    const bool nonperfused = role == OT_ROLE_NONPERFUSED_LIVER;
    put_minus(given, count, nonperfused ? perfused : others, nonperfused ? 1 : 3, text);
}
