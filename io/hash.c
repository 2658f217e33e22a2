/* io/hash.c - SHA-256 by libcrypto's EVP interface. */
#include "io/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static void to_hex(const unsigned char *digest, size_t size, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t n = 0; n < size; n++) {
        hex[2 * n] = digits[digest[n] >> 4];
        hex[2 * n + 1] = digits[digest[n] & 15U];
    }
    hex[2 * size] = '\0';
}

enum ot_rc ot_hash_bytes(const void *bytes, size_t size, char *hex, struct ot_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_Digest(bytes, size, digest, &length, EVP_sha256(), NULL) != 1) {
        return ot_fail(err, OT_ERR_EXTERNAL, "libcrypto cannot compute a SHA-256");
    }
    to_hex(digest, length, hex);
    return OT_OK;
}

enum ot_rc ot_hash_file(const char *path, char *hex, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char block[16384];
    unsigned int length = 0;
    EVP_MD_CTX *context = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return ot_fail(err, OT_ERR_IO, "%s: cannot be opened", ot_text_base_name(path));
    }
    context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        rc = ot_fail(err, OT_ERR_EXTERNAL, "libcrypto cannot compute a SHA-256");
        goto done;
    }
    size_t got = 0;
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        if (EVP_DigestUpdate(context, block, got) != 1) {
            rc = ot_fail(err, OT_ERR_EXTERNAL, "libcrypto cannot compute a SHA-256");
            goto done;
        }
    }
    if (ferror(file) != 0 || EVP_DigestFinal_ex(context, digest, &length) != 1) {
        rc = ot_fail(err, OT_ERR_IO, "%s: cannot be read", ot_text_base_name(path));
        goto done;
    }
    to_hex(digest, length, hex);

done:
    EVP_MD_CTX_free(context);
    (void)fclose(file);
    return rc;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

enum ot_rc ot_hash_set(struct ot_texts *digests, char *hex, struct ot_err *err)
{
    if (digests->count == 1) {
        (void)ot_text_copy(hex, OT_SHA256_SIZE, digests->text[0]);
        return OT_OK;
    }
    if (digests->count > 0) {
        qsort(digests->text, digests->count, sizeof digests->text[0], by_text);
    }
    struct ot_buffer list = {0};
    for (size_t n = 0; n < digests->count; n++) {
        ot_buffer_printf(&list, "%s\n", digests->text[n]);
    }
    enum ot_rc rc = ot_buffer_check(&list, err);
    if (rc == OT_OK) {
        rc = ot_hash_bytes(list.data != NULL ? list.data : "", list.size, hex, err);
    }
    ot_buffer_release(&list);
    return rc;
}
