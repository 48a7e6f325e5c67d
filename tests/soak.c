/* Fits, saves, loads, predicts and reads a table over and over, for the number of seconds given.
 * After a fifth of them and 200 rounds, by when rare things have also used their memory once, it
 * must not grow by a page; no file descriptor may leak, and results must be equal. */
#include "pensel.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void must(pensel_status status, const pensel_error *error)
{
    if (status == PENSEL_OK) return;
    fprintf(stderr, "%s\n", error->text);
    exit(1);
}

/* Exactly: /proc/self/statm lags behind by what each core has counted for itself. */
static long resident_pages(void)
{
    char line[256];
    long kilobytes = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file && kilobytes < 0 && fgets(line, sizeof line, file))
        sscanf(line, "Rss: %ld kB", &kilobytes);
    if (!file || kilobytes < 0) exit(1);
    fclose(file);
    return kilobytes * 1024 / sysconf(_SC_PAGESIZE);
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* A sum of the bits of everything that was predicted. */
static unsigned long long one_round(const char *path)
{
    pensel_error error;
    pensel_table *t;
    pensel_table_options to = pensel_table_defaults();
    to.target = "species";
    to.classify = true;
    must(pensel_table_read(&t, "data/iris.csv", &to, &error), &error);
    pensel_samples samples = {.x = t->x, .y = t->y};
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    o.training.epochs = 20;
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    must(pensel_checkpoint_new(&o.training.checkpoint, path, 0.005, NULL, &error), &error);
    pensel_estimator *e, *again;
    must(pensel_estimator_new(&e, &o, &error), &error);
    must(pensel_estimator_fit(e, &samples, NULL, &error), &error);
    must(pensel_estimator_save(e, path, &error), &error);
    must(pensel_estimator_load(&again, path, &error), &error);
    double p[450];
    unsigned long long sum = 0, bits;
    must(pensel_estimator_probabilities(again, p, samples.x, &error), &error);
    for (int i = 0; i < 450; i++) {
        memcpy(&bits, &p[i], sizeof bits);
        sum = sum * 31 + bits;
    }
    pensel_estimator_free(&e);
    pensel_estimator_free(&again);
    pensel_checkpoint_free(&o.training.checkpoint);
    pensel_table_free(&t);
    return sum;
}

int main(int count, char **arguments)
{
    double seconds = count > 1 ? atof(arguments[1]) : 600;
    char path[] = "/tmp/pensel-soak-XXXXXX";
    int file = mkstemp(path);
    if (file < 0) return perror(path), 1;
    close(file);
    mallopt(M_ARENA_MAX, 1); /* so that what threads allocate cannot move from heap to heap */
    time_t start = time(NULL);
    unsigned long long first = one_round(path);
    long pages = 0, rounds = 0, equal = 0;
    int descriptors = 0;
    double past;
    do {
        equal += one_round(path) == first;
        rounds++;
        past = (double)(time(NULL) - start);
        if (pages == 0 && past >= seconds / 5 && rounds >= 200) {
            pages = resident_pages();
            descriptors = open_descriptors();
        }
    } while (past < seconds || pages == 0);
    long grown = resident_pages() - pages;
    int left = open_descriptors() - descriptors;
    unlink(path);
    printf("%ld rounds in %.0f s: %ld equal, memory grew by %ld pages, %d descriptors left\n",
           rounds, seconds, equal, grown, left);
    return equal == rounds && grown <= 0 && left == 0 ? 0 : 1;
}
