/* cli/summary.h - what a person reads on the terminal after plan, verify, dose or dvh. */
#ifndef OT_CLI_SUMMARY_H
#define OT_CLI_SUMMARY_H

#include <stdio.h>

#include <jansson.h>

enum { OT_SUMMARY_LINES = 25, OT_SUMMARY_COLUMNS = 100 };

/* Prints the object of result.json: verdict per criterion (fails and cautions by id, the rest as
 * counts), activity, vial, time, tumor, normal and lung dose; at most OT_SUMMARY_LINES lines of
 * at most OT_SUMMARY_COLUMNS characters. A number that is missing is "-", never 0. */
void ot_summary_print(const json_t *result, FILE *out);

/* The same of what `tare dvh` found: a line for each VOI, for nothing else is known. */
void ot_summary_print_dvh(const json_t *result, FILE *out);

#endif /* OT_CLI_SUMMARY_H */
