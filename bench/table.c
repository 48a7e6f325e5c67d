/* How fast a table of ROWS rows and 30 columns is read, and with how much memory.
 *
 *     build/bench/table [ROWS]        200000 by default; 10000000 is the size that must work
 *
 * A temporary file is written first, with numbers of 6 to 17 digits, as in real tables.
 */
#include "pensel.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS = 30 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double write_table(FILE *file, long rows)
{
    pensel_random random;
    pensel_random_seed(&random, 1);
    for (int c = 0; c < COLUMNS; c++)
        fprintf(file, "column %d%c", c + 1, c + 1 < COLUMNS ? ',' : '\n');
    for (long r = 0; r < rows; r++)
        for (int c = 0; c < COLUMNS; c++)
            fprintf(file, "%.*g%c", c % 3 == 0 ? 17 : 6, pensel_random_uniform(&random, -100, 100),
                    c + 1 < COLUMNS ? ',' : '\n');
    fflush(file);
    return (double)ftell(file);
}

int main(int count, char **arguments)
{
    long rows = count > 1 ? atol(arguments[1]) : 200000;
    char path[] = "table-XXXXXX";
    int descriptor = mkstemp(path);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!file) return perror(path), 1;
    double bytes = write_table(file, rows);
    fclose(file);
    pensel_table *table;
    pensel_table_options options = pensel_table_defaults();
    pensel_error error;
    double start = now();
    pensel_status status = pensel_table_read(&table, path, &options, &error);
    double seconds = now() - start;
    unlink(path);
    if (status != PENSEL_OK) return fprintf(stderr, "%s\n", error.text), 1;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double matrix = (double)table->x.rows * (double)table->x.columns * sizeof(float);
    printf("%zu rows, %.0f MB: %.2f s, %.0f MB/s; matrix %.1f MB, memory at most %.1f MB\n",
           table->x.rows, bytes / 1e6, seconds, bytes / 1e6 / seconds, matrix / 1e6,
           1024 * (double)usage.ru_maxrss / 1e6);
    pensel_table_free(&table);
    return 0;
}
