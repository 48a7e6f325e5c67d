/* Faults of the operating system, injected one at a time: a full disk, a failing fsync, a missing
 * folder, short writes, interrupted calls. After each, the file is the complete old one or the
 * complete new one, and no temporary file is left. The linker turns the library's calls into the
 * __wrap_ functions here. */
#include "test.h"

#include "temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

typedef enum call { OPEN, WRITE, FSYNC, LINKAT, RENAME, CLOSE, FCHMOD, CALLS } call;
static const char *const call_names[] = {"open",   "write", "fsync", "linkat",
                                         "rename", "close", "fchmod"};

static struct {
    bool on;
    call which;
    int code;      /* errno of the failure; 0: a short write instead */
    int countdown; /* calls until then */
    bool again;    /* every call from then on fails */
    bool hit, no_tmpfile;
    bool kills;        /* where it fails the process dies */
    pensel_file *slow; /* another writer's, done when its file is locked */
} fault;

static const char *temporary_file;

static bool fails(call which)
{
    if (!fault.on || fault.which != which || fault.countdown-- > 0) return false;
    fault.hit = true;
    if (fault.kills) raise(SIGKILL);
    if (!fault.again) fault.on = false;
    errno = fault.code;
    return true;
}

static const char old_text[] = "the old file", new_text[] = "and now the new one, which is longer";

static void put_old(const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(old_text, file);
    fclose(file);
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, mode_t mode);
ssize_t __real_write(int file, const void *bytes, size_t size);
ssize_t __wrap_write(int file, const void *bytes, size_t size);
int __real_fsync(int file);
int __wrap_fsync(int file);
int __real_linkat(int a, const char *from, int b, const char *to, int flags);
int __wrap_linkat(int a, const char *from, int b, const char *to, int flags);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_close(int file);
int __wrap_close(int file);
int __real_fchmod(int file, mode_t mode);
int __wrap_fchmod(int file, mode_t mode);

int __wrap_open(const char *path, int flags, mode_t mode)
{
    if (fault.no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return fails(OPEN) ? -1 : __real_open(path, flags, mode);
}

/* What open is called where offsets of 64 bits are asked for. */
int __wrap_open64(const char *path, int flags, mode_t mode)
{
    return __wrap_open(path, flags, mode);
}

ssize_t __wrap_write(int file, const void *bytes, size_t size)
{
    if (!fails(WRITE)) return __real_write(file, bytes, size);
    return fault.code ? -1 : __real_write(file, bytes, (size + 1) / 2);
}

int __wrap_fsync(int file)
{
    return fails(FSYNC) ? -1 : __real_fsync(file);
}

int __wrap_linkat(int a, const char *from, int b, const char *to, int flags)
{
    return fails(LINKAT) ? -1 : __real_linkat(a, from, b, to, flags);
}

int __wrap_rename(const char *from, const char *to)
{
    return fails(RENAME) ? -1 : __real_rename(from, to);
}

int __wrap_close(int file)
{
    int result = __real_close(file);
    return fails(CLOSE) ? -1 : result;
}

int __wrap_fchmod(int file, mode_t mode)
{
    return fails(FCHMOD) ? -1 : __real_fchmod(file, mode);
}

static void assert_text(const char *path, const char *text)
{
    char found[128] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = 0;
    fclose(file);
    assert_string_equal(found, text);
}

int __real_flock(int file, int operation);
int __wrap_flock(int file, int operation);

int __wrap_flock(int file, int operation)
{
    if (fault.slow && file != fault.slow->descriptor) pensel_file_keep(&fault.slow, NULL);
    return __real_flock(file, operation);
}

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *folder = opendir(temporary_folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    closedir(folder);
    return count;
}

static void fail_each_call(call which, int code)
{
    const char *path = temporary("file");
    pensel_error error;
    for (int nth = 0;; nth++) {
        put_old(path);
        memset(&error, 0, sizeof error);
        fault.which = which;
        fault.code = code;
        fault.countdown = nth;
        fault.on = true;
        fault.hit = false;
        pensel_status status = pensel_file_write(path, new_text, sizeof new_text - 1, &error);
        fault.on = false;
        if (status != PENSEL_OK && !fault.hit) fail_msg("nothing failed, and yet: %s", error.text);
        if (files_in_folder() != 1)
            fail_msg("%s %d: a temporary file is left", call_names[which], nth);
        if (status == PENSEL_OK) {
            assert_text(path, new_text);
        } else {
            assert_int_equal(status, PENSEL_IO_FAILED);
            assert_non_null(strstr(error.text, strerror(code)));
            /* only the folder's own sync, the last of all, may fail with the new file in place */
            if (!strstr(error.text, "folder")) assert_text(path, old_text);
        }
        if (!fault.hit) {
            assert_true(nth > 0 || (which == LINKAT && fault.no_tmpfile));
            break;
        }
    }
    remove(path);
}

static void every_call_may_fail(void **state)
{
    (void)state;
    const int codes[] = {ENOSPC, EIO, EDQUOT, EROFS, ENOENT};
    for (int tmpfile = 0; tmpfile < 2; tmpfile++) {
        fault.no_tmpfile = tmpfile;
        for (call which = OPEN; which < CALLS; which++)
            for (int i = 0; i < 5; i++)
                fail_each_call(which, codes[i]);
    }
    fault.no_tmpfile = false;
}

static void interrupted_and_short_calls_are_repeated(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("file");
    const call calls[] = {OPEN, WRITE, FSYNC, WRITE};
    const int codes[] = {EINTR, EINTR, EINTR, 0};
    for (int i = 0; i < 4; i++) {
        put_old(path);
        fault.which = calls[i];
        fault.code = codes[i];
        fault.countdown = 0;
        fault.again = codes[i] == 0;
        fault.on = true;
        MUST(pensel_file_write(path, new_text, sizeof new_text - 1, &error));
        fault.on = fault.again = false;
        assert_text(path, new_text);
    }
    remove(path);
}

static void a_folder_that_is_gone_is_told(void **state)
{
    (void)state;
    pensel_error error;
    assert_int_equal(pensel_file_write("/no/such/folder/file", "x", 1, &error), PENSEL_IO_FAILED);
    assert_int_equal(pensel_file_write(temporary_folder, "x", 1, &error), PENSEL_IO_FAILED);
    assert_non_null(strstr(error.text, "folder"));
}

static void a_read_only_file_stays(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("file");
    put_old(path);
    chmod(path, 0444);
    assert_int_equal(pensel_file_write(path, "x", 1, &error), PENSEL_IO_FAILED);
    assert_non_null(strstr(error.text, "read-only"));
    assert_text(path, old_text);
    remove(path);
}

static void permissions_and_links_stay(void **state)
{
    (void)state;
    pensel_error error;
    struct stat status;
    const char *path = temporary("file"), *link = temporary("link");
    put_old(path);
    chmod(path, 0640);
    assert_int_equal(symlink("file", link), 0);
    MUST(pensel_file_write(link, new_text, sizeof new_text - 1, &error));
    assert_text(path, new_text);
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    remove(link);
    remove(path);
}

/* As it leads to a disk with more room, before there is a file. */
static void a_link_to_a_file_that_is_not_there_yet_stays(void **state)
{
    (void)state;
    pensel_error error;
    struct stat status;
    char whole[64];
    const char *path = temporary("file"), *link = temporary("link"), *first = temporary("first");
    assert_int_equal(symlink("file", link), 0);
    snprintf(whole, sizeof whole, "%s", link);
    assert_int_equal(symlink(whole, first), 0);
    MUST(pensel_file_write(first, new_text, sizeof new_text - 1, &error));
    assert_text(path, new_text);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(lstat(i ? link : first, &status), 0);
        assert_true(S_ISLNK(status.st_mode));
    }
    remove(first);
    remove(link);
    remove(path);
    assert_int_equal(symlink("nowhere/file", link), 0);
    assert_int_equal(pensel_file_write(link, "x", 1, &error), PENSEL_IO_FAILED);
    remove(link);
}

/* With a state there are no nameless files. What a process leaves that was killed between the
 * naming of its file and the renaming: the next write of the same file takes it away, that of
 * another with nearly the same name does not. */
static void what_a_kill_leaves_goes_with_the_next_write(void **state)
{
    pensel_error error;
    char name[2][201];
    for (int i = 0; i < 2; i++) {
        memset(name[i], 'n', 200);
        name[i][199] = (char)('a' + i);
        name[i][200] = 0;
    }
    const char *path = temporary(name[0]), *other = temporary(name[1]);
    fault.no_tmpfile = *state;
    put_old(path);
    fault.which = RENAME;
    fault.code = EIO;
    fault.countdown = 0;
    fault.on = true;
    fault.kills = true;
    pid_t child = fork();
    if (child == 0) {
        pensel_file_write(path, new_text, sizeof new_text - 1, NULL);
        _exit(1);
    }
    fault.on = fault.kills = false;
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_text(path, old_text);
    assert_int_equal(files_in_folder(), 2);
    MUST(pensel_file_write(other, old_text, sizeof old_text - 1, &error));
    assert_int_equal(files_in_folder(), 3);
    MUST(pensel_file_write(path, new_text, sizeof new_text - 1, &error));
    assert_int_equal(files_in_folder(), 2);
    assert_text(path, new_text);
    assert_text(other, old_text);
    fault.no_tmpfile = false;
    remove(path);
    remove(other);
}

/* A writer that is not yet done has the temporary name: it is waited for. */
static void a_living_writer_is_waited_for(void **state)
{
    (void)state;
    pensel_error error;
    pensel_file *slow;
    const char *path = temporary("file");
    fault.no_tmpfile = true; /* so that it has its name from the beginning */
    put_old(path);
    MUST(pensel_file_begin(&slow, path, &error));
    assert_int_equal(write(slow->descriptor, "slow", 4), 4);
    fault.slow = slow;
    for (int tmpfile = 0; tmpfile < 2; tmpfile++) {
        fault.no_tmpfile = tmpfile;
        MUST(pensel_file_write(path, new_text, sizeof new_text - 1, &error));
        assert_null(fault.slow);
        assert_text(path, new_text);
        assert_int_equal(files_in_folder(), 1);
        fault.no_tmpfile = true;
        if (tmpfile == 0) MUST(pensel_file_begin(&fault.slow, path, &error));
    }
    fault.no_tmpfile = false;
    remove(path);
}

enum { WRITERS = 4, TIMES = 100, LENGTH = 5000 };

static void *write_often(void *data)
{
    char text[LENGTH];
    memset(text, *(char *)data, sizeof text);
    for (int i = 0; i < TIMES; i++)
        if (pensel_file_write(temporary_file, text, sizeof text, NULL) != PENSEL_OK) return data;
    return NULL;
}

static void many_threads_write_one_file(void **state)
{
    (void)state;
    char letters[] = "abcd", found[LENGTH + 1];
    temporary_file = temporary("file");
    for (int tmpfile = 0; tmpfile < 2; tmpfile++) {
        pthread_t threads[WRITERS];
        void *failed;
        fault.no_tmpfile = tmpfile;
        for (int i = 0; i < WRITERS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, write_often, &letters[i]), 0);
        for (int i = 0; i < WRITERS; i++) {
            assert_int_equal(pthread_join(threads[i], &failed), 0);
            assert_null(failed);
        }
        FILE *file = fopen(temporary_file, "rb");
        assert_int_equal(fread(found, 1, sizeof found, file), LENGTH);
        fclose(file);
        for (int i = 1; i < LENGTH; i++)
            assert_int_equal(found[i], found[0]);
        assert_int_equal(files_in_folder(), 1);
    }
    fault.no_tmpfile = false;
    remove(temporary_file);
}

static void a_file_in_pieces_is_kept_or_dropped(void **state)
{
    (void)state;
    pensel_error error;
    pensel_file *file;
    const char *path = temporary("file");
    for (int tmpfile = 0; tmpfile < 2; tmpfile++) {
        fault.no_tmpfile = tmpfile;
        put_old(path);
        MUST(pensel_file_begin(&file, path, &error));
        assert_int_equal(write(file->descriptor, "lost", 4), 4);
        assert_true(tmpfile ? access(file->temporary, F_OK) == 0 : !file->temporary);
        pensel_file_drop(&file);
        assert_null(file);
        assert_text(path, old_text);
        MUST(pensel_file_begin(&file, path, &error));
        assert_int_equal(write(file->descriptor, "in ", 3), 3);
        assert_text(path, old_text);
        assert_int_equal(write(file->descriptor, "two", 3), 3);
        MUST(pensel_file_keep(&file, &error));
        assert_null(file);
        assert_text(path, "in two");
        assert_int_equal(files_in_folder(), 1);
    }
    fault.no_tmpfile = false;
    remove(path);
}

static void a_device_is_written_and_not_replaced(void **state)
{
    (void)state;
    pensel_error error;
    struct stat status;
    MUST(pensel_file_write("/dev/null", "x", 1, &error));
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    assert_int_equal(pensel_file_write("/dev/full", "x", 1, &error), PENSEL_IO_FAILED);
    assert_non_null(strstr(error.text, "No space"));
}

/* Hours of training are not lost because the disk is full: what was learned is there to be saved.
 */
static void a_checkpoint_that_cannot_be_written_keeps_what_was_learned(void **state)
{
    (void)state;
    pensel_error error;
    double x[] = {0, 1, 2, 3}, y[] = {0, 1, 4, 9}, said[4];
    pensel_samples samples = {.x = {x, 4, 1, PENSEL_FLOAT64}, .y = {y, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_estimator *e;
    MUST(pensel_checkpoint_new(&o.training.checkpoint, "/dev/full", 0, NULL, &error));
    MUST(pensel_estimator_new(&e, &o, &error));
    assert_int_equal(pensel_estimator_fit(e, &samples, NULL, &error), PENSEL_IO_FAILED);
    MUST(pensel_estimator_predict(e, said, samples.x, &error));
    assert_int_equal(pensel_estimator_report(e)->steps, 1);
    pensel_checkpoint_free(&o.training.checkpoint);
    pensel_estimator_free(&e);
}

/* By the pyramid painter, and by the general training. */
static void a_painting_is_kept_as_well(void **state)
{
    (void)state;
    pensel_error error;
    float pixels[8 * 8 * 3], again[8 * 8 * 3];
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++)
        pixels[i] = (float)(i % 7) / 7;
    const pensel_picture picture = {pixels, 8, 8, 3};
    pensel_paint_options options[] = {pensel_paint_defaults(PENSEL_REGRESSION),
                                      pensel_paint_defaults(PENSEL_CLASSIFICATION),
                                      pensel_paint_tutorial(PENSEL_CLASSIFICATION)};
    pensel_render_options r = pensel_render_defaults();
    for (int i = 0; i < 3; i++) {
        pensel_paint_options *o = &options[i];
        pensel_painting *painting;
        MUST(
            pensel_checkpoint_new(&o->estimator.training.checkpoint, "/dev/full", 0, NULL, &error));
        assert_int_equal(pensel_painting_new(&painting, &picture, o, &error), PENSEL_IO_FAILED);
        assert_non_null(strstr(error.text, "/dev/full"));
        MUST(pensel_painting_render(painting, again, 0, 8, &r, &error));
        assert_int_equal(pensel_estimator_report(pensel_painting_estimator(painting))->steps, 1);
        pensel_painting_free(&painting);
        pensel_checkpoint_free(&o->estimator.training.checkpoint);
    }
}

static int make_folder(void **state)
{
    (void)state;
    return temporary("") ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_may_fail),
        cmocka_unit_test(interrupted_and_short_calls_are_repeated),
        cmocka_unit_test(a_folder_that_is_gone_is_told),
        cmocka_unit_test(a_read_only_file_stays),
        cmocka_unit_test(permissions_and_links_stay),
        cmocka_unit_test(a_link_to_a_file_that_is_not_there_yet_stays),
        cmocka_unit_test(what_a_kill_leaves_goes_with_the_next_write),
        cmocka_unit_test_prestate(what_a_kill_leaves_goes_with_the_next_write, &fault),
        cmocka_unit_test(a_living_writer_is_waited_for),
        cmocka_unit_test(many_threads_write_one_file),
        cmocka_unit_test(a_file_in_pieces_is_kept_or_dropped),
        cmocka_unit_test(a_device_is_written_and_not_replaced),
        cmocka_unit_test(a_checkpoint_that_cannot_be_written_keeps_what_was_learned),
        cmocka_unit_test(a_painting_is_kept_as_well),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
