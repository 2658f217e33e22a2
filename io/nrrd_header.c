/* io/nrrd_header.c - the fields that place voxels, and nothing by default. */
#include "io/nrrd_header.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/text.h"

enum { VALUE_SIZE = 512, AXES_MAX = 4 };

enum field {
    FIELD_TYPE,
    FIELD_DIMENSION,
    FIELD_SPACE,
    FIELD_SIZES,
    FIELD_DIRECTIONS,
    FIELD_ORIGIN,
    FIELD_ENDIAN,
    FIELD_ENCODING,
    FIELD_DATA_FILE,
    FIELD_UNITS,
    FIELD_LINE_SKIP,
    FIELD_BYTE_SKIP,
    FIELD_COUNT
};

/* Each field's name, and its other spelling. */
static const char *const names[FIELD_COUNT][2] = {
    {"type", NULL},        {"dimension", NULL},        {"space", NULL},
    {"sizes", NULL},       {"space directions", NULL}, {"space origin", NULL},
    {"endian", NULL},      {"encoding", NULL},         {"data file", "datafile"},
    {"space units", NULL}, {"line skip", "lineskip"},  {"byte skip", "byteskip"},
};

struct fields {
    char value[FIELD_COUNT][VALUE_SIZE];
    bool there[FIELD_COUNT];
};

static enum ot_rc take_field(const char *line, size_t length, struct fields *fields,
                             struct ot_err *err)
{
    const char *colon = (const char *)memchr(line, ':', length);
    if (line[0] == '#' || colon == NULL || colon[1] == '=') {
        return OT_OK; /* a comment, or a pair of key and value */
    }
    const size_t name = (size_t)(colon - line);
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        for (size_t s = 0; s < 2 && names[f][s] != NULL; s++) {
            if (strlen(names[f][s]) != name || memcmp(names[f][s], line, name) != 0) {
                continue;
            }
            const char *value = colon + 1;
            size_t rest = length - name - 1;
            while (rest > 0 && *value == ' ') {
                value++;
                rest--;
            }
            if (fields->there[f] || rest >= VALUE_SIZE) {
                return ot_fail(err, OT_ERR_FORMAT, "the NRRD field '%s' is there twice or too long",
                               names[f][s]);
            }
            fields->there[f] = true;
            memcpy(fields->value[f], value, rest);
            fields->value[f][rest] = '\0';
            return OT_OK;
        }
    }
    return OT_OK;
}

/* Lines up to the blank one; a detached header may also just end. */
static enum ot_rc take_lines(const char *text, size_t size, struct fields *fields,
                             size_t *data_offset, struct ot_err *err)
{
    size_t at = 0;
    while (at < size) {
        const char *line = text + at;
        const char *end = (const char *)memchr(line, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - line) : size - at;
        at += length + (end != NULL ? 1 : 0);
        if (length > 0 && line[length - 1] == '\r') {
            length--;
        }
        if (length == 0) {
            break;
        }
        const enum ot_rc rc = take_field(line, length, fields, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    *data_offset = at;
    return OT_OK;
}

/* The next word, which is copied; false at the end, or when it is too long. */
static bool next_word(const char **text, char *word, size_t size)
{
    size_t length = 0;
    while (**text == ' ' || **text == '\t') {
        (*text)++;
    }
    while ((*text)[length] != '\0' && (*text)[length] != ' ' && (*text)[length] != '\t') {
        length++;
    }
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length;
    return true;
}

static bool at_end(const char *text)
{
    return text[strspn(text, " \t")] == '\0';
}

/* "(x,y,z)"; blanks within are skipped. */
static bool next_vector(const char **text, double vector[3])
{
    const char *at = *text + strspn(*text, " \t");
    if (*at++ != '(') {
        return false;
    }
    for (size_t r = 0; r < 3; r++) {
        char number[64];
        at += strspn(at, " \t");
        const size_t length = strcspn(at, ",) \t");
        if (length == 0 || length >= sizeof number) {
            return false;
        }
        memcpy(number, at, length);
        number[length] = '\0';
        at += length;
        at += strspn(at, " \t");
        if (!ot_text_to_double(number, &vector[r]) || *at++ != (r < 2 ? ',' : ')')) {
            return false;
        }
    }
    *text = at;
    return true;
}

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0) {
            return true;
        }
    }
    return false;
}

static enum ot_rc read_type(const struct fields *fields, struct ot_nrrd_header *header,
                            struct ot_err *err)
{
    static const char *const spellings[][8] = {
        [OT_SCALAR_U8] = {"unsigned char", "uchar", "uint8", "uint8_t"},
        [OT_SCALAR_I8] = {"signed char", "int8", "int8_t"},
        [OT_SCALAR_U16] = {"unsigned short", "ushort", "unsigned short int", "uint16", "uint16_t"},
        [OT_SCALAR_I16] = {"short", "short int", "signed short", "signed short int", "int16",
                           "int16_t"},
        [OT_SCALAR_U32] = {"unsigned int", "uint", "uint32", "uint32_t"},
        [OT_SCALAR_I32] = {"int", "signed int", "int32", "int32_t"},
        [OT_SCALAR_U64] = {"unsigned long long", "ulonglong", "unsigned long long int", "uint64",
                           "uint64_t"},
        [OT_SCALAR_I64] = {"long long", "longlong", "long long int", "signed long long", "int64",
                           "int64_t"},
        [OT_SCALAR_F32] = {"float"},
        [OT_SCALAR_F64] = {"double"},
    };
    for (size_t n = 0; n < sizeof spellings / sizeof spellings[0]; n++) {
        if (is_one_of(fields->value[FIELD_TYPE], spellings[n])) {
            header->type = (enum ot_scalar)n;
            return OT_OK;
        }
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "NRRD type '%.40s' is no number type",
                   fields->value[FIELD_TYPE]);
}

static enum ot_rc read_encoding(const struct fields *fields, struct ot_nrrd_header *header,
                                struct ot_err *err)
{
    static const char *const gzip[] = {"gzip", "gz", NULL};
    static const char *const plain[] = {"ascii", "text", "txt", NULL};
    const char *text = fields->value[FIELD_ENCODING];
    if (is_one_of(text, gzip)) {
        header->encoding = OT_NRRD_GZIP;
    } else if (is_one_of(text, plain)) {
        header->encoding = OT_NRRD_TEXT;
    } else if (strcmp(text, "raw") != 0) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "NRRD encoding '%.40s' is not read; save it as gzip", text);
    }
    const char *endian = fields->value[FIELD_ENDIAN];
    if (header->encoding != OT_NRRD_TEXT && ot_scalar_size(header->type) > 1 &&
        strcmp(endian, "little") != 0 && strcmp(endian, "big") != 0) {
        return ot_fail(err, OT_ERR_FORMAT, "the NRRD header does not state the byte order");
    }
    for (size_t f = FIELD_LINE_SKIP; f <= FIELD_BYTE_SKIP; f++) {
        if (fields->there[f] && strcmp(fields->value[f], "0") != 0) {
            return ot_fail(err, OT_ERR_UNSUPPORTED, "NRRD data behind skipped bytes are not read");
        }
    }
    const char *file = fields->value[FIELD_DATA_FILE];
    if (fields->there[FIELD_DATA_FILE] &&
        (file[0] == '\0' || file[0] == '.' || strpbrk(file, "/\\%") != NULL ||
         strncmp(file, "LIST", 4) == 0 ||
         !ot_text_copy(header->data_file, OT_NRRD_FILE_NAME_SIZE, file))) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "NRRD data must be in one file in the header's folder");
    }
    return OT_OK;
}

static enum ot_rc read_sizes(const struct fields *fields, struct ot_nrrd_header *header, long *axes,
                             struct ot_err *err)
{
    const char *at = fields->value[FIELD_SIZES];
    if (!ot_text_to_long(fields->value[FIELD_DIMENSION], axes) || *axes < 1) {
        return ot_fail(err, OT_ERR_FORMAT, "NRRD dimension '%.40s' is no number of axes",
                       fields->value[FIELD_DIMENSION]);
    }
    if (*axes < 3 || *axes > AXES_MAX) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "has %ld axes, a volume has 3", *axes);
    }
    header->components = 1;
    header->voxel_bytes = ot_scalar_size(header->type);
    for (long axis = 0; axis < *axes; axis++) {
        char word[32];
        long length = 0;
        if (!next_word(&at, word, sizeof word) || !ot_text_to_long(word, &length) || length < 1 ||
            __builtin_mul_overflow(header->voxel_bytes, (size_t)length, &header->voxel_bytes) ||
            header->voxel_bytes > (size_t)PTRDIFF_MAX) {
            return ot_fail(err, OT_ERR_FORMAT, "NRRD sizes '%.60s' are impossible",
                           fields->value[FIELD_SIZES]);
        }
        if (axis < *axes - 3) {
            header->components = (size_t)length;
        } else {
            header->n[axis - (*axes - 3)] = (size_t)length;
        }
    }
    return at_end(at) ? OT_OK
                      : ot_fail(err, OT_ERR_FORMAT, "NRRD sizes '%.60s' are too many",
                                fields->value[FIELD_SIZES]);
}

/* What turns the file's x and y into LPS. */
static enum ot_rc read_space(const struct fields *fields, double sign[2], struct ot_err *err)
{
    static const char *const spaces[][3] = {
        {"left-posterior-superior", "LPS", NULL},
        {"right-anterior-superior", "RAS", NULL},
        {"left-anterior-superior", "LAS", NULL},
    };
    static const double signs[][2] = {{1.0, 1.0}, {-1.0, -1.0}, {1.0, -1.0}};
    for (size_t n = 0; n < 3; n++) {
        if (is_one_of(fields->value[FIELD_SPACE], spaces[n])) {
            sign[0] = signs[n][0];
            sign[1] = signs[n][1];
            return OT_OK;
        }
    }
    return fields->there[FIELD_SPACE]
               ? ot_fail(err, OT_ERR_UNSUPPORTED, "NRRD space '%.40s' is not that of a patient",
                         fields->value[FIELD_SPACE])
               : ot_fail(err, OT_ERR_GEOMETRY, "geometry is missing: the NRRD header has no space");
}

static enum ot_rc read_directions(const struct fields *fields, long axes,
                                  struct ot_nrrd_header *header, struct ot_err *err)
{
    const char *at = fields->value[FIELD_DIRECTIONS];
    const char *origin = fields->value[FIELD_ORIGIN];
    if (!fields->there[FIELD_DIRECTIONS] || !fields->there[FIELD_ORIGIN]) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "geometry is missing: the NRRD header has no space directions or origin");
    }
    for (long axis = 0; axis < axes - 3; axis++) {
        char word[8];
        if (!next_word(&at, word, sizeof word) || strcmp(word, "none") != 0) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "the first of four NRRD axes must be the list of layers");
        }
    }
    for (size_t c = 0; c < 3; c++) {
        double vector[3];
        if (!next_vector(&at, vector)) {
            return ot_fail(err, OT_ERR_GEOMETRY, "NRRD space directions '%.100s' are malformed",
                           fields->value[FIELD_DIRECTIONS]);
        }
        for (size_t r = 0; r < 3; r++) {
            header->matrix[r][c] = vector[r];
        }
    }
    if (!at_end(at) || !next_vector(&origin, header->origin_mm) || !at_end(origin)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "NRRD space directions or origin are malformed");
    }
    return OT_OK;
}

static enum ot_rc read_geometry(const struct fields *fields, long axes,
                                struct ot_nrrd_header *header, struct ot_err *err)
{
    double sign[2] = {1.0, 1.0};
    enum ot_rc rc = read_space(fields, sign, err);
    if (rc == OT_OK) {
        rc = read_directions(fields, axes, header, err);
    }
    const char *at = fields->value[FIELD_UNITS];
    char word[16];
    while (rc == OT_OK && !at_end(at)) {
        if (!next_word(&at, word, sizeof word) || strcmp(word, "\"mm\"") != 0) {
            rc = ot_fail(err, OT_ERR_UNSUPPORTED, "NRRD space units %.60s are not mm",
                         fields->value[FIELD_UNITS]);
        }
    }
    for (size_t r = 0; rc == OT_OK && r < 2; r++) {
        for (size_t c = 0; c < 3; c++) {
            header->matrix[r][c] *= sign[r];
        }
        header->origin_mm[r] *= sign[r];
    }
    return rc;
}

enum ot_rc ot_nrrd_header_parse(const void *bytes, size_t size, struct ot_nrrd_header *header,
                                struct ot_err *err)
{
    static const enum field needed[] = {FIELD_TYPE, FIELD_DIMENSION, FIELD_SIZES, FIELD_ENCODING};
    struct fields fields = {.there = {false}};
    long axes = 0;
    *header = (struct ot_nrrd_header){.components = 1};
    enum ot_rc rc = take_lines((const char *)bytes, size, &fields, &header->data_offset, err);
    for (size_t n = 0; rc == OT_OK && n < sizeof needed / sizeof needed[0]; n++) {
        if (!fields.there[needed[n]]) {
            rc = ot_fail(err, OT_ERR_FORMAT, "the NRRD header has no field '%s'",
                         names[needed[n]][0]);
        }
    }
    if (rc == OT_OK) {
        rc = read_type(&fields, header, err);
    }
    if (rc == OT_OK) {
        rc = read_encoding(&fields, header, err);
    }
    if (rc == OT_OK) {
        rc = read_sizes(&fields, header, &axes, err);
    }
    return rc == OT_OK ? read_geometry(&fields, axes, header, err) : rc;
}
