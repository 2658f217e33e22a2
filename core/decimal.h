/* core/decimal.h - the value of a number as a text holds it. */
#ifndef OT_CORE_DECIMAL_H
#define OT_CORE_DECIMAL_H

#ifdef __cplusplus
extern "C" {
#endif

/* The double next to a decimal number; infinite where there is none. text: as ot_text_to_double()
 * accepts it, [sign] digits [. digits] [exponent]. */
double ot_decimal_value(const char *text);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_DECIMAL_H */
