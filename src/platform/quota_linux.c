/* Quotas of time on Linux: control groups. A process is in one group of each tree, and every group
 * around that one may have a quota as well, so the least of them counts. */
#define _GNU_SOURCE
#include "platform/quota.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = PATH_MAX + 64 };

/* The first line of folder/name, without its end; false if there is none. */
static bool read_line(char *line, size_t size, const char *folder, const char *name)
{
    char path[PATH + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool read = fgets(line, (int)size, file) != NULL;
    fclose(file);
    if (read) line[strcspn(line, "\n")] = 0;
    return read;
}

/* The digits that a text begins with. strtod would go by the program's locale. */
static double whole(const char *text)
{
    return (double)strtoull(text, NULL, 10);
}

/* Cores of "quota period" in microseconds; 0 if there is no limit: "max", or -1 in version 1. */
static double quota_of(const char *quota, const char *period)
{
    bool limited = *quota >= '0' && *quota <= '9' && whole(quota) > 0 && whole(period) > 0;
    return limited ? whole(quota) / whole(period) : 0;
}

/* cpu.max of version 2 holds "quota period" or "max period"; version 1 has a file for each. */
static double quota_in(const char *folder)
{
    char line[64], period[64];
    if (read_line(line, sizeof line, folder, "cpu.max")) {
        char *space = strchr(line, ' ');
        return space ? quota_of(line, space + 1) : 0;
    }
    return read_line(line, sizeof line, folder, "cpu.cfs_quota_us") &&
                   read_line(period, sizeof period, folder, "cpu.cfs_period_us")
               ? quota_of(line, period)
               : 0;
}

/* The smaller one of those that are there at all. */
static double least_of(double a, double b)
{
    if (a <= 0 || b <= 0) return a > b ? a : b;
    return a < b ? a : b;
}

/* Of the group `own` of the tree at root/tree and of all groups around it. In a container the
 * group's name may be the host's, and only the top of its tree is visible. */
static double quota_under(const char *root, const char *tree, const char *own)
{
    char folder[PATH];
    int top = snprintf(folder, sizeof folder, "%s%s", root, tree);
    double least = quota_in(folder);
    int length = snprintf(folder, sizeof folder, "%s%s%s", root, tree, own);
    if (top < 0 || length >= (int)sizeof folder) return least;
    while (length > top) {
        least = least_of(least, quota_in(folder));
        length = (int)(strrchr(folder, '/') - folder);
        folder[length] = 0;
    }
    return least;
}

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return true;
    return false;
}

/* A line "number:controllers:/group" for each tree. Version 2 has no controllers here. Where both
 * versions are in use, its tree stands in a folder beside those of version 1; version 1's is called
 * after all its controllers, and mostly linked to by the name of each. */
static double quota_of_line(const char *root, char *line)
{
    char *controllers = strchr(line, ':'), tree[256],
         *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group || group[1] != '/') return 0;
    *controllers++ = 0;
    *group++ = 0;
    if (*controllers == 0)
        return least_of(quota_under(root, "/sys/fs/cgroup", group),
                        quota_under(root, "/sys/fs/cgroup/unified", group));
    if (!has_word(controllers, "cpu")) return 0;
    snprintf(tree, sizeof tree, "/sys/fs/cgroup/%s", controllers);
    return least_of(quota_under(root, tree, group), quota_under(root, "/sys/fs/cgroup/cpu", group));
}

double pensel_quota(const char *root)
{
    char line[PATH];
    double least = 0;
    snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        least = least_of(least, quota_of_line(root, line));
    }
    if (file) fclose(file);
    return least;
}
