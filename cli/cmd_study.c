/* cli/cmd_study.c - statistics over a cohort of results. */
#include "cli/cmd.h"

struct params {
    const char *cohort;
    const char *outcomes;
    struct ot_texts outcome;
    struct ot_texts predictor;
    const char *model;
    const char *group;
    int bootstrap;
    int seed;
    double confidence_percent;
    const char *out;
    bool overwrite;
    int threads;
    bool json;
};

static const struct params defaults = {
    .model = "logistic",
    .bootstrap = 2000,
    .seed = 1,
    .confidence_percent = 95,
    .threads = 0,
};

static const char *const model_words[] = {"logistic", "lkb", "poisson", "cox", NULL};

static const struct ot_opt opts[] = {
    OT_WORD_POSITIONAL(struct params, cohort, "cohort", "DIR", true, "output folder of tare batch"),
    OT_FILE_NEEDED(struct params, outcomes, "outcomes", "FILE.csv",
                   "case_id, and a column per outcome: 0/1, or time and event"),
    OT_TEXTS(struct params, outcome, "outcome", "NAME",
             "columns to model; all where none is named"),
    OT_TEXTS(struct params, predictor, "predictor", "KEY",
             "numbers of the results, e.g. vois.tumor.mean_gy; dose of each tumor and "
             "normal_perfused where none is named"),
    OT_CHOICE(struct params, model, "model", "MODEL", model_words,
              "logistic, lkb (NTCP), poisson (TCP) or cox"),
    OT_TEXT(struct params, group, "group", "COLUMN", "column that splits the cohort"),
    OT_INT(struct params, bootstrap, "bootstrap", "N", 0, 100000,
           "bootstrap samples for the intervals"),
    OT_INT(struct params, seed, "seed", "N", 0, 2147483647, "seed of the bootstrap"),
    OT_F64(struct params, confidence_percent, "confidence-percent", "%", 50, 99.9,
           "width of the intervals"),
    OT_FILE_NEEDED(struct params, out, "out", "DIR",
                   "folder for the results; refused when it is not empty"),
    OT_FLAG(struct params, overwrite, "overwrite",
            "use the output folder although it is not empty"),
    OT_INT(struct params, threads, "threads", "N", 0, 1024,
           "threads; 0: OMP_NUM_THREADS, then SLURM_CPUS_PER_TASK, then the cores allowed"),
    OT_FLAG(struct params, json, "json", "print the results as JSON"),
};

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    (void)params;
    (void)run;
    return ot_fail(err, OT_ERR_ARG,
                   "study comes in a later version; cohort-result.csv of batch holds the numbers "
                   "for any statistics program");
}

extern const struct ot_cmd ot_cmd_study;
const struct ot_cmd ot_cmd_study = {
    .name = "study",
    .summary = "a finished cohort → dose-response models, tables, plots",
    .details = "Reads the result folders of a finished batch and a table of outcomes, and fits\n"
               "dose-response models: logistic P = 1 / (1 + (D50/D)^(4 gamma50)), Lyman-\n"
               "Kutcher-Burman NTCP, Poisson TCP, or Cox regression for times. Each model is\n"
               "printed with its parameters, their intervals, the number of events and a\n"
               "goodness of fit; with fewer than ten events for a parameter it says so.\n\n"
               "Results only are read, no images. Cases with a failed or a missing result are\n"
               "listed, never imputed.",
    .example = "tare study cohort/ --outcomes followup.csv --outcome response --predictor "
               "vois.tumor.mean_gy --out study/",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
