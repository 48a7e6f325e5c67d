/* How many cores a process may keep busy. Containers are folders of files as the Linux kernel
 * writes them (Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst), put together under a root of
 * the test's own. */
#include "platform/quota.h"
#include "platform/thread.h"
#include "temporary.h"
#include "test.h"

#include <ftw.h>
#include <sched.h>
#include <sys/stat.h>

static char root[300];

/* A file under the root, with the folders that lead to it. */
static void put(const char *path, const char *text)
{
    char full[600];
    int length = snprintf(full, sizeof full, "%s%s", root, path);
    assert_in_range(length, 1, sizeof full - 1);
    for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(full, 0777);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int new_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "%s", temporary("root"));
    return mkdir(root, 0777);
}

static int delete_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static int delete_root(void **state)
{
    (void)state;
    return nftw(root, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void assert_quota(double expected)
{
    double quota = pensel_quota(root);
    if (fabs(quota - expected) > 1e-9)
        fail_msg("the quota is %g: it should be %g", quota, expected);
}

static void no_groups_are_no_limit(void **state)
{
    (void)state;
    assert_quota(0);
    put("/proc/self/cgroup", "");
    assert_quota(0);
    put("/proc/self/cgroup", "nothing of the kind\n::\n0\n1:cpu\n");
    assert_quota(0);
}

static void version_2_says_quota_and_period(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    assert_quota(1.5);
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    assert_quota(0);
    put("/sys/fs/cgroup/cpu.max", "20000 0\n");
    assert_quota(0);
}

static void the_least_of_the_groups_around_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/system.slice/box/inner\n");
    put("/sys/fs/cgroup/system.slice/box/inner/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/system.slice/box/cpu.max", "300000 100000\n");
    put("/sys/fs/cgroup/system.slice/cpu.max", "200000 50000\n");
    assert_quota(3);
    put("/sys/fs/cgroup/system.slice/box/inner/cpu.max", "25000 100000\n");
    assert_quota(0.25);
    put("/sys/fs/cgroup/system.slice/other/cpu.max", "1000 100000\n"); /* somebody else's */
    assert_quota(0.25);
}

/* Within a container the group's name is the host's, and its own folder is the top. */
static void a_group_that_is_not_visible_has_the_top(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/docker/0123456789abcdef\n");
    put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    assert_quota(2);
}

static void version_1_has_a_file_for_each(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "9:cpuset:/a\n4:cpuacct,cpu:/a/b\n1:name=systemd:/c\n");
    put("/sys/fs/cgroup/cpuacct,cpu/a/b/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpuacct,cpu/a/b/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpuacct,cpu/a/cpu.cfs_quota_us", "400000\n");
    put("/sys/fs/cgroup/cpuacct,cpu/a/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpuset/a/cpu.cfs_quota_us", "1000\n"); /* another tree */
    put("/sys/fs/cgroup/cpuset/a/cpu.cfs_period_us", "100000\n");
    assert_quota(4);
}

static void version_1_may_be_linked_as_cpu(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "4:cpu,cpuacct:/\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_quota(2.5);
}

static void both_versions_may_be_there(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "4:cpu,cpuacct:/a\n0::/b\n");
    put("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "300000\n");
    put("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    assert_quota(3);
    put("/sys/fs/cgroup/unified/b/cpu.max", "200000 100000\n");
    assert_quota(2);
}

static void a_name_as_long_as_can_be_is_harmless(void **state)
{
    (void)state;
    static char line[6000];
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "0::/", 4);
    put("/proc/self/cgroup", line);
    put("/sys/fs/cgroup/cpu.max", "100000 100000\n");
    assert_quota(1);
}

/* A cpuset and `taskset` alike are the mask that the scheduler goes by. */
static void cores_are_those_of_the_mask(void **state)
{
    (void)state;
    cpu_set_t before, one;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    size_t allowed = (size_t)CPU_COUNT(&before);
    assert_in_range(pensel_cores(), 1, allowed);
    int first = 0;
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(pensel_cores(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

int main(void)
{
#define IN_ROOT(test) cmocka_unit_test_setup_teardown(test, new_root, delete_root)
    const struct CMUnitTest tests[] = {
        IN_ROOT(no_groups_are_no_limit),
        IN_ROOT(version_2_says_quota_and_period),
        IN_ROOT(the_least_of_the_groups_around_counts),
        IN_ROOT(a_group_that_is_not_visible_has_the_top),
        IN_ROOT(version_1_has_a_file_for_each),
        IN_ROOT(version_1_may_be_linked_as_cpu),
        IN_ROOT(both_versions_may_be_there),
        IN_ROOT(a_name_as_long_as_can_be_is_harmless),
        cmocka_unit_test(cores_are_those_of_the_mask),
    };
    return RUN(tests);
}
