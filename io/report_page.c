/* io/report_page.c - JSON values as escaped HTML, numbers as people write them. */
#include "io/report_page.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NONE "<span class=\"none\" title=\"not available\">\xE2\x80\x93</span>"
#define THIN "\xE2\x80\xAF" /* narrow no-break space */

json_t *ot_page_find(const json_t *value, const char *path)
{
    json_t *found = NULL;
    while (*path != '\0') {
        const size_t length = strcspn(path, ".");
        char key[64];
        if (length >= sizeof key) {
            return NULL;
        }
        memcpy(key, path, length);
        key[length] = '\0';
        found = json_object_get(found != NULL ? found : value, key);
        if (found == NULL) {
            return NULL;
        }
        path += path[length] == '.' ? length + 1 : length;
    }
    return json_is_null(found) ? NULL : found;
}

const char *ot_page_text(const json_t *object, const char *path, const char *otherwise)
{
    const char *text = json_string_value(ot_page_find(object, path));
    return text != NULL ? text : otherwise;
}

bool ot_page_number(const json_t *object, const char *path, double *value)
{
    const json_t *found = ot_page_find(object, path);
    if (!json_is_number(found)) {
        return false;
    }
    *value = json_number_value(found);
    return isfinite(*value);
}

const char *ot_page_lung_dose_title(const json_t *result)
{
    double prior_gy = 0.0;
    return ot_page_number(result, "lungs.prior_gy", &prior_gy) && prior_gy > 0.0
               ? "Lungs, from the shunt and earlier treatments"
               : "Lungs, from the shunt";
}

const json_t *ot_page_row(const json_t *array, const char *key, const char *name)
{
    size_t n;
    json_t *row;
    json_array_foreach(array, n, row)
    {
        const char *text = json_string_value(json_object_get(row, key));
        if (text != NULL && strcmp(text, name) == 0) {
            return row;
        }
    }
    return NULL;
}

void ot_number_format(double value, int digits, char text[OT_NUMBER_SIZE])
{
    const double size = fabs(value);
    if (!(size > 0.0)) {
        (void)snprintf(text, OT_NUMBER_SIZE, "%s", size >= 0.0 ? "0" : "nan");
        return;
    }
    if (size < 1e-4 || size >= 1e7) {
        (void)snprintf(text, OT_NUMBER_SIZE, "%.*e", digits - 1, value);
        return;
    }
    /* The exponent after rounding: 99.996 with 4 digits is 100.0, not 100.00. */
    char rounded[OT_NUMBER_SIZE];
    (void)snprintf(rounded, sizeof rounded, "%.*e", digits - 1, size);
    long exponent = 0;
    const char *mark = strchr(rounded, 'e');
    if (mark != NULL) {
        const char *power = mark[1] == '+' ? mark + 2 : mark + 1;
        if (!ot_text_to_long(power, &exponent)) {
            exponent = 0;
        }
    }
    const long decimals = digits - 1 - exponent;
    (void)snprintf(text, OT_NUMBER_SIZE, "%.*f", (int)(decimals > 0 ? decimals : 0), value);
}

/* What is typed into a calculator needs no zeros at its end. */
static void trim_zeros(char text[OT_NUMBER_SIZE])
{
    if (strchr(text, '.') == NULL || strchr(text, 'e') != NULL) {
        return;
    }
    size_t end = strlen(text);
    while (text[end - 1] == '0') {
        text[--end] = '\0';
    }
    if (text[end - 1] == '.') {
        text[--end] = '\0';
    }
}

static void put_scalar(struct ot_buffer *html, const json_t *value, int digits)
{
    char text[OT_NUMBER_SIZE];
    if (json_is_integer(value)) {
        ot_buffer_printf(html, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        ot_number_format(json_real_value(value), digits, text);
        if (digits == OT_DIGITS_FORMULA) {
            trim_zeros(text);
        }
        ot_buffer_text(html, text);
    } else if (json_is_boolean(value)) {
        ot_buffer_text(html, json_is_true(value) ? "yes" : "no");
    } else if (json_is_string(value) && json_string_length(value) != 0) {
        ot_buffer_html(html, json_string_value(value));
    } else {
        ot_buffer_text(html, NONE);
    }
}

void ot_page_value(struct ot_buffer *html, const json_t *value, const char *unit, int digits)
{
    if (json_is_array(value) && json_array_size(value) != 0) {
        size_t n;
        json_t *item;
        json_array_foreach(value, n, item)
        {
            ot_buffer_text(html, n != 0 ? ", " : "");
            put_scalar(html, item, digits);
        }
    } else {
        put_scalar(html, value, digits);
    }
    const bool has_number = json_is_number(value) || json_is_number(json_array_get(value, 0));
    if (has_number && *unit != '\0') {
        ot_buffer_text(html, THIN);
        ot_buffer_html(html, unit);
    }
}

/* Longest endings first: "_gy_per_gbq" must not be read as "_gbq". */
static const struct {
    const char *end;
    const char *unit;
} UNITS[] = {
    {"_gy_kg_per_gbq", "Gy\xC2\xB7kg/GBq"},
    {"gy_kg_per_gbq", "Gy\xC2\xB7kg/GBq"},
    {"_mgy_per_mbq_s", "mGy/(MBq\xC2\xB7s)"},
    {"_g_per_cm3", "g/cm\xC2\xB3"},
    {"_gy_per_gbq", "Gy/GBq"},
    {"_bq_per_ml", "Bq/ml"},
    {"_per_gy", "1/Gy"},
    {"_percent", "%"},
    {"_mev_per_decay", "MeV per decay"},
    {"_kev", "keV"},
    {"_mev", "MeV"},
    {"_gbq", "GBq"},
    {"_mbq", "MBq"},
    {"_bq", "Bq"},
    {"_gy", "Gy"},
    {"_ml", "ml"},
    {"_kg", "kg"},
    {"_mm", "mm"},
    {"_cm", "cm"},
    {"_mib", "MiB"},
    {"_g", "g"},
    {"_h", "h"},
    {"_s", "s"},
    {"_j", "J"},
};

/* Units and abbreviations inside a name get the letters that people give them. */
static void spell_words(char *text)
{
    static const char *const words[] = {"GBq", "Bq", "Gy", "VOI", "VOIs", "ID", "SHA256", "CT"};
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        for (size_t n = 0; n < sizeof words / sizeof *words; n++) {
            if (strlen(words[n]) == length && strncasecmp(words[n], text, length) == 0) {
                memcpy(text, words[n], length);
            }
        }
        text += text[length] != '\0' ? length + 1 : length;
    }
}

struct ot_key_label ot_page_label(const char *key)
{
    struct ot_key_label label = {.unit = ""};
    size_t length = strlen(key);
    for (size_t n = 0; n < sizeof UNITS / sizeof *UNITS; n++) {
        if (ot_text_ends_with(key, UNITS[n].end)) {
            label.unit = UNITS[n].unit;
            const size_t rest = length - strlen(UNITS[n].end);
            length = rest != 0 ? rest : length;
            break;
        }
    }
    length = length < sizeof label.text ? length : sizeof label.text - 1;
    for (size_t n = 0; n < length; n++) {
        label.text[n] = key[n];
        if (key[n] == '_') {
            label.text[n] = ' ';
        }
    }
    label.text[length] = '\0';
    spell_words(label.text);
    return label;
}

static bool skipped(const char *key, const char *const *skip)
{
    for (; skip != NULL && *skip != NULL; skip++) {
        if (strcmp(*skip, key) == 0) {
            return true;
        }
    }
    return false;
}

static bool holds_objects(const json_t *value)
{
    return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

void ot_page_object(struct ot_buffer *html, json_t *object, const char *const *skip)
{
    ot_buffer_text(html, "<dl class=\"terms\">");
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (skipped(key, skip)) {
            continue;
        }
        const struct ot_key_label label = ot_page_label(key);
        ot_buffer_text(html, "<div><dt>");
        ot_buffer_html(html, label.text);
        ot_buffer_text(html, "</dt><dd>");
        if (json_is_object(value) && json_object_size(value) != 0) {
            ot_page_object(html, value, NULL);
        } else if (holds_objects(value)) {
            ot_page_table(html, value, NULL);
        } else {
            ot_page_value(html, value, label.unit, OT_DIGITS_FORMULA);
        }
        ot_buffer_text(html, "</dd></div>");
    }
    ot_buffer_text(html, "</dl>");
}

/* The columns of all rows: an object with every key once. */
static json_t *columns_of(const json_t *rows, const char *const *skip)
{
    json_t *columns = json_object();
    size_t n;
    json_t *row;
    json_array_foreach(rows, n, row)
    {
        const char *key;
        json_t *value;
        json_object_foreach(row, key, value)
        {
            if (!skipped(key, skip)) {
                (void)json_object_set_new(columns, key, json_true());
            }
        }
    }
    return columns;
}

static void put_cell(struct ot_buffer *html, json_t *value)
{
    ot_buffer_text(html, json_is_number(value) ? "<td class=\"n\">" : "<td>");
    if (json_is_object(value)) {
        ot_page_object(html, value, NULL);
    } else if (holds_objects(value)) {
        ot_page_table(html, value, NULL);
    } else {
        ot_page_value(html, value, "", OT_DIGITS_TABLE);
    }
    ot_buffer_text(html, "</td>");
}

void ot_page_table(struct ot_buffer *html, const json_t *rows, const char *const *skip)
{
    json_t *columns = columns_of(rows, skip);
    const char *key;
    json_t *unused;
    ot_buffer_text(html, "<div class=\"wide\"><table><thead><tr>");
    json_object_foreach(columns, key, unused)
    {
        const struct ot_key_label label = ot_page_label(key);
        const bool number = json_is_number(json_object_get(json_array_get(rows, 0), key));
        ot_buffer_text(html, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        ot_buffer_html(html, label.text);
        if (*label.unit != '\0') {
            ot_buffer_printf(html, " <small>%s</small>", label.unit);
        }
        ot_buffer_text(html, "</th>");
    }
    ot_buffer_text(html, "</tr></thead><tbody>");
    size_t n;
    json_t *row;
    json_array_foreach(rows, n, row)
    {
        ot_buffer_text(html, "<tr>");
        json_object_foreach(columns, key, unused)
        {
            put_cell(html, json_object_get(row, key));
        }
        ot_buffer_text(html, "</tr>");
    }
    ot_buffer_text(html, "</tbody></table></div>");
    json_decref(columns);
}

void ot_page_base64(struct ot_buffer *html, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = (const unsigned char *)bytes;
    for (size_t n = 0; n < size; n += 3) {
        const size_t left = size - n;
        const uint32_t word = (uint32_t)at[n] << 16 | (left > 1 ? (uint32_t)at[n + 1] << 8 : 0U) |
                              (left > 2 ? (uint32_t)at[n + 2] : 0U);
        char four[4] = {digits[word >> 18], digits[word >> 12 & 63U], '=', '='};
        if (left > 1) {
            four[2] = digits[word >> 6 & 63U];
        }
        if (left > 2) {
            four[3] = digits[word & 63U];
        }
        ot_buffer_append(html, four, sizeof four);
    }
}
