/* core/facts.c - named values. A list of a few dozen: searched from the front. */
#include "core/facts.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

static void release_one(struct ot_fact *fact)
{
    ot_free(fact->name);
    ot_texts_release(&fact->words);
    memset(fact, 0, sizeof *fact);
}

void ot_facts_release(struct ot_facts *facts)
{
    if (facts == NULL) {
        return;
    }
    for (size_t n = 0; n < facts->count; n++) {
        release_one(&facts->fact[n]);
    }
    ot_free(facts->fact);
    memset(facts, 0, sizeof *facts);
}

const struct ot_fact *ot_facts_find(const struct ot_facts *facts, const char *name)
{
    for (size_t n = 0; facts != NULL && n < facts->count; n++) {
        if (strcmp(facts->fact[n].name, name) == 0) {
            return &facts->fact[n];
        }
    }
    return NULL;
}

static void remove_name(struct ot_facts *facts, const char *name)
{
    for (size_t n = 0; n < facts->count; n++) {
        if (strcmp(facts->fact[n].name, name) == 0) {
            release_one(&facts->fact[n]);
            facts->count--;
            memmove(&facts->fact[n], &facts->fact[n + 1],
                    (facts->count - n) * sizeof facts->fact[0]);
            return;
        }
    }
}

static enum ot_rc add(struct ot_facts *facts, const char *name, struct ot_fact **out,
                      struct ot_err *err)
{
    if (facts->count == facts->capacity) {
        const size_t capacity = facts->capacity != 0 ? 2 * facts->capacity : 16;
        struct ot_fact *grown = OT_NEW(struct ot_fact, capacity, err);
        if (grown == NULL) {
            return OT_ERR_NOMEM;
        }
        if (facts->count > 0) {
            memcpy(grown, facts->fact, facts->count * sizeof grown[0]);
        }
        ot_free(facts->fact);
        facts->fact = grown;
        facts->capacity = capacity;
    }
    struct ot_fact *fact = &facts->fact[facts->count];
    memset(fact, 0, sizeof *fact);
    const size_t size = strlen(name) + 1;
    fact->name = OT_NEW(char, size, err);
    if (fact->name == NULL) {
        return OT_ERR_NOMEM;
    }
    memcpy(fact->name, name, size);
    facts->count++;
    *out = fact;
    return OT_OK;
}

enum ot_rc ot_facts_set_dose(struct ot_facts *facts, const char *name, double gy_per_gbq,
                             double offset_gy, struct ot_err *err)
{
    remove_name(facts, name);
    if (!isfinite(gy_per_gbq) || !isfinite(offset_gy)) {
        return OT_OK;
    }
    struct ot_fact *fact = NULL;
    enum ot_rc rc = add(facts, name, &fact, err);
    if (rc == OT_OK) {
        fact->is_number = true;
        fact->number = offset_gy;
        fact->per_gbq = gy_per_gbq;
    }
    return rc;
}

enum ot_rc ot_facts_set_number(struct ot_facts *facts, const char *name, double number,
                               struct ot_err *err)
{
    return ot_facts_set_dose(facts, name, 0.0, number, err);
}

enum ot_rc ot_facts_set_word(struct ot_facts *facts, const char *name, const char *word,
                             struct ot_err *err)
{
    remove_name(facts, name);
    return word == NULL || word[0] == '\0' ? OT_OK : ot_facts_add_word(facts, name, word, err);
}

enum ot_rc ot_facts_add_word(struct ot_facts *facts, const char *name, const char *word,
                             struct ot_err *err)
{
    struct ot_fact *fact = NULL;
    for (size_t n = 0; n < facts->count; n++) {
        if (strcmp(facts->fact[n].name, name) == 0 && !facts->fact[n].is_number) {
            fact = &facts->fact[n];
        }
    }
    if (fact == NULL) {
        remove_name(facts, name);
        enum ot_rc rc = add(facts, name, &fact, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    if (ot_texts_add(&fact->words, "%s", word) == NULL) {
        remove_name(facts, name);
        return ot_fail(err, OT_ERR_NOMEM, "no memory for the value of %.60s", name);
    }
    return OT_OK;
}

double ot_fact_value(const struct ot_fact *fact, double activity_gbq)
{
    if (fact == NULL || !fact->is_number) {
        return NAN;
    }
    return fact->per_gbq == 0.0 ? fact->number : fact->number + fact->per_gbq * activity_gbq;
}
