/* io/nuclide_table.h - the one table of nuclide data that comes with the program. */
#ifndef OT_IO_NUCLIDE_TABLE_H
#define OT_IO_NUCLIDE_TABLE_H

#include <stddef.h>

#include "core/err.h"
#include "core/radionuclide.h"

/* The built-in table (data/nuclides.json).
 * out: owned by the caller (ot_radionuclides_destroy); NULL on failure.
 * Errors: as ot_nuclide_table_parse(). */
OT_MUST_CHECK enum ot_rc ot_nuclide_table_load(struct ot_radionuclides **out, struct ot_err *err);

/* A table from JSON text; `name` stands in messages.
 * Errors: OT_ERR_FORMAT (a field is missing, unknown or of the wrong type, a nuclide stands twice,
 * its source is not among the sources), OT_ERR_RANGE (ot_radionuclide_validate()), OT_ERR_NOMEM,
 * OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_nuclide_table_parse(const char *text, size_t size, const char *name,
                                                struct ot_radionuclides **out, struct ot_err *err);

#endif /* OT_IO_NUCLIDE_TABLE_H */
