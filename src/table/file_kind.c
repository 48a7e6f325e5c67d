/* Kinds of files by their first bytes. To add one: a row below, and one in tests/test_columns.c.
 *
 * `what` follows "FILE is", `cure` a colon: what the user does next. */
#include "table/file_kind.h"

#include "base/error.h"

#include <string.h>

#define PANDAS(read) "CSV is read: in Python, pandas." read ".to_csv('table.csv', index=False)"

static const struct {
    const char *magic;
    size_t size;
    const char *what, *cure;
} kinds[] = {
    {"PAR1", 4, "a Parquet file", PANDAS("read_parquet(FILE)")},
    {"ARROW1", 6, "an Arrow (Feather) file", PANDAS("read_feather(FILE)")},
    {"FEA1", 4, "a Feather file", PANDAS("read_feather(FILE)")},
    {"ORC", 3, "an ORC file", PANDAS("read_orc(FILE)")},
    {"\xd0\xcf\x11\xe0", 4, "an old Excel workbook (.xls)",
     "CSV is read: in Excel or LibreOffice, save the sheet as CSV"},
    {"PK\3\4", 4, "a zip archive, perhaps an Excel workbook (.xlsx) or a spreadsheet",
     "CSV is read: in Excel or LibreOffice, save the sheet as CSV"},
    {"\x89HDF", 4, "an HDF5 file", PANDAS("read_hdf(FILE)")},
    {"SQLite format 3", 15, "an SQLite database",
     "CSV is read: sqlite3 -header -csv FILE 'select * from TABLE' > table.csv"},
    {"$FL2", 4, "an SPSS file", PANDAS("read_spss(FILE)")},
    {"<stata_dta>", 11, "a Stata file", PANDAS("read_stata(FILE)")},
    {"RDX", 3, "a file of R's save",
     "CSV is read: in R, write.csv(TABLE, 'table.csv', row.names=FALSE)"},
    {"\x1f\x8b", 2, "compressed by gzip", "unpack it first: gunzip"},
    {"\x28\xb5\x2f\xfd", 4, "compressed by zstd", "unpack it first: unzstd"},
    {"BZh", 3, "compressed by bzip2", "unpack it first: bunzip2"},
    {"\xfd"
     "7zXZ",
     5, "compressed by xz", "unpack it first: unxz"},
    {"%PDF", 4, "a PDF document", "a table is expected: CSV or .npy"},
    {"\x89PNG", 4, "a PNG picture", "a table is expected, and pensel paint takes pictures"},
    {"\xff\xd8\xff", 3, "a JPEG picture", "a table is expected, and pensel paint takes pictures"},
    {"<!DOCTYPE", 9, "a web page", "a table is expected: CSV or .npy"},
    {"<html", 5, "a web page", "a table is expected: CSV or .npy"},
    {"<table", 6, "a table of a web page", PANDAS("read_html(FILE)[0]")},
    {"<?xml", 5, "an XML file", "a table is expected: CSV or .npy"},
    {"\x80\4\x95", 3, "a pickle of Python", "CSV is read: in Python, save the table with to_csv"},
};

/* JSON begins with a brace or bracket, and goes on as no line of CSV does. */
static bool is_json(const char *at, const char *end)
{
    char first = 0;
    for (; at < end; at++) {
        if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') continue;
        if (first) return first == '{' ? *at == '"' || *at == '}' : *at == '{' || *at == '[';
        if (*at != '{' && *at != '[') return false;
        first = *at;
    }
    return false;
}

/* JSON lines: the first value ends, and behind it stands another one. Braces in quotes do not
 * count. */
static bool is_json_lines(const char *at, const char *end)
{
    size_t depth = 0;
    bool quoted = false, ended = false;
    for (; at < end; at++) {
        if (ended && (*at == '{' || *at == '[')) return true;
        if (quoted && *at == '\\') {
            at++;
            continue;
        }
        if (*at == '"') quoted = !quoted;
        if (quoted) continue;
        depth += *at == '{' || *at == '[';
        depth -= depth > 0 && (*at == '}' || *at == ']');
        ended = ended || (depth == 0 && (*at == '}' || *at == ']'));
    }
    return false;
}

/* A magic that is longer than the bytes there are is no match: a short CSV file is none of these.
 */
pensel_status pensel_file_kind_check(const char *bytes, size_t size, const char *file,
                                     pensel_error *error)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        PENSEL_REQUIRE(size < kinds[i].size || memcmp(bytes, kinds[i].magic, kinds[i].size) != 0,
                       BAD_FILE, "%s is %s: %s", file, kinds[i].what, kinds[i].cure);
    if (!is_json(bytes, bytes + size)) return PENSEL_OK;
    PENSEL_REQUIRE(!is_json_lines(bytes, bytes + size), BAD_FILE, "%s is JSON lines: %s", file,
                   PANDAS("read_json(FILE, lines=True)"));
    return pensel_fail(error, PENSEL_BAD_FILE, "%s is JSON: %s", file, PANDAS("read_json(FILE)"));
}
