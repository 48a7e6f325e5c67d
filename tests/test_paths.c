/* Names of files that systems treat differently: in other alphabets, longer than Windows likes, and
 * of files that somebody has open while they are replaced. What the library has written is read
 * back by the system's own call. */
#include "temporary.h"
#include "test.h"

#ifdef _WIN32
#include <io.h>
#include <windows.h>
#else
#include <sys/stat.h>
#endif

static pensel_error error;

/* The system's own way to open a file whose name is UTF-8. */
static FILE *open_system(const char *path)
{
#ifdef _WIN32
    wchar_t wide[1024] = L"\\\\?\\", full[1024];
    assert_true(MultiByteToWideChar(CP_UTF8, 0, path, -1, full, 1000) > 0);
    assert_true(GetFullPathNameW(full, 1000, wide + 4, NULL) > 0);
    return _wfopen(wide, L"rb");
#else
    return fopen(path, "rb");
#endif
}

static void make_folder(const char *path)
{
#ifdef _WIN32
    wchar_t wide[1024] = L"\\\\?\\", full[1024];
    assert_true(MultiByteToWideChar(CP_UTF8, 0, path, -1, full, 1000) > 0);
    assert_true(GetFullPathNameW(full, 1000, wide + 4, NULL) > 0);
    assert_true(CreateDirectoryW(wide, NULL));
#else
    assert_int_equal(mkdir(path, 0700), 0);
#endif
}

/* And to remove a file or an empty folder. */
static void remove_system(const char *path)
{
#ifdef _WIN32
    wchar_t wide[1024] = L"\\\\?\\", full[1024];
    assert_true(MultiByteToWideChar(CP_UTF8, 0, path, -1, full, 1000) > 0);
    assert_true(GetFullPathNameW(full, 1000, wide + 4, NULL) > 0);
    assert_true(DeleteFileW(wide) || RemoveDirectoryW(wide));
#else
    assert_int_equal(remove(path), 0);
#endif
}

static void must_hold(const char *path, const char *text)
{
    char found[64] = "";
    FILE *file = open_system(path);
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = 0;
    fclose(file);
    assert_string_equal(found, text);
}

/* A file of the library's own kind comes back under the same name. */
static void must_return(const char *path)
{
    const double x[] = {0, 1, 2, 3}, y[] = {1, 3, 5, 7};
    const pensel_samples samples = {
        .x = {x, 4, 1, PENSEL_FLOAT64},
        .y = {y, 4, 1, PENSEL_FLOAT64},
    };
    pensel_estimator_options options = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_estimator *e, *same = NULL;
    options.training.epochs = 2;
    MUST(pensel_estimator_new(&e, &options, &error));
    MUST(pensel_estimator_fit(e, &samples, NULL, &error));
    MUST(pensel_estimator_save(e, path, &error));
    MUST(pensel_estimator_load(&same, path, &error));
    pensel_estimator_free(&same);
    pensel_estimator_free(&e);
    remove_system(path);
}

static void names_are_utf8_on_every_system(void **state)
{
    (void)state;
    static const char *const names[] = {"färg och pensel.txt", "кисть", "絵筆", "🎨 ☃"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = temporary(names[i]);
        MUST(pensel_file_write(path, "new", 3, &error));
        must_hold(path, "new");
        MUST(pensel_file_write(path, "newer", 5, &error)); /* beside an old one */
        must_hold(path, "newer");
        remove_system(path);
    }
    const char *model = temporary("модель.safetensors");
    must_return(model);
}

static void a_long_path_is_a_path(void **state)
{
    (void)state;
    char folders[3][512], path[600];
    const char *name = temporary("");
    for (int depth = 0; depth < 3; depth++) {
        snprintf(folders[depth], sizeof folders[depth], "%s%s%0100d",
                 depth > 0 ? folders[depth - 1] : name, depth > 0 ? "/" : "", depth);
        make_folder(folders[depth]);
    }
    snprintf(path, sizeof path, "%s/file", folders[2]);
    assert_true(strlen(path) > 300);
    MUST(pensel_file_write(path, "far", 3, &error));
    must_hold(path, "far");
    remove_system(path);
    must_return(path);
    for (int depth = 2; depth >= 0; depth--)
        remove_system(folders[depth]);
}

/* Who reads the old file while it is replaced goes on with the old one. */
static void a_file_that_is_replaced_stays_for_its_reader(void **state)
{
    (void)state;
    const char *path = temporary("replaced");
    MUST(pensel_file_write(path, "old", 3, &error));
    pensel_file *file;
    MUST(pensel_file_begin(&file, path, &error));
    assert_int_equal(write(file->descriptor, "new", 3), 3);
    must_hold(path, "old"); /* until it is kept */
    MUST(pensel_file_keep(&file, &error));
    must_hold(path, "new");
    MUST(pensel_file_begin(&file, path, &error));
    assert_int_equal(write(file->descriptor, "bad", 3), 3);
    char temporary_name[512] = "";
    if (file->temporary) snprintf(temporary_name, sizeof temporary_name, "%s", file->temporary);
    pensel_file_drop(&file);
    must_hold(path, "new");
    if (*temporary_name) assert_null(open_system(temporary_name)); /* nothing is left behind */
    remove_system(path);
}

static void what_cannot_be_replaced_is_refused(void **state)
{
    (void)state;
    char folder[256];
    snprintf(folder, sizeof folder, "%s", temporary("folder"));
    make_folder(folder);
    assert_int_equal(pensel_file_write(folder, "x", 1, &error), PENSEL_IO_FAILED);
    assert_non_null(strstr(error.text, "it is a folder"));
    remove_system(folder);
    assert_int_equal(pensel_file_write(temporary("none/file"), "x", 1, &error), PENSEL_IO_FAILED);
    assert_non_null(strstr(error.text, "none/file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_utf8_on_every_system),
        cmocka_unit_test(a_long_path_is_a_path),
        cmocka_unit_test(a_file_that_is_replaced_stays_for_its_reader),
        cmocka_unit_test(what_cannot_be_replaced_is_refused),
    };
    return RUN(tests);
}
