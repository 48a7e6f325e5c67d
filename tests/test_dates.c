/* Dates: every form against the C library's calendar, and what is none. */
#include "test.h"

#include "table/schema.h"

#include <ctype.h>
#include <time.h>

/* The C library's calendar says the same, on Windows from 1970 on. */
#ifdef _WIN32
#define EARLIEST 0
#else
#define EARLIEST -6e9
#endif
static void dates_are_the_calendars(void **state)
{
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 1);
    for (int k = 0; k < 3000; k++) {
        char iso[64], slashed[64];
        double seconds;
        time_t when = (time_t)pensel_random_uniform(&random, EARLIEST, 9e9);
        struct tm *t = gmtime(&when);
        strftime(iso, sizeof iso, "%Y-%m-%dT%H:%M:%SZ", t);
        assert_true(pensel_date_read(&seconds, iso, false));
        assert_near(seconds, (double)when, 0);
        pensel_date_parts p = pensel_date_split((double)when);
        assert_near(p.year, 1900 + t->tm_year, 0);
        assert_near(p.weekday * 7, (t->tm_wday + 6) % 7, 1e-9);
        assert_near(p.time * 86400, t->tm_hour * 3600 + t->tm_min * 60 + t->tm_sec, 1e-6);
        bool leap = (t->tm_year % 4 == 0 && t->tm_year % 100 != 0) || (t->tm_year + 300) % 400 == 0;
        assert_near(p.day * (365 + leap), t->tm_yday, 1e-9);
        strftime(slashed, sizeof slashed, "%m/%d/%Y %I:%M:%S %p", t);
        assert_true(pensel_date_read(&seconds, slashed, false));
        assert_near(seconds, (double)when, 0);
    }
}

/* Forms with a month's name, by strftime in the C locale. */
static void months_have_names(void **state)
{
    static const char *const forms[] = {"%d %B %Y %H:%M:%S",       "%B %d, %Y %I:%M:%S %p",
                                        "%d-%b-%Y %H:%M:%S",       "%a, %d %b %Y %H:%M:%S GMT",
                                        "%b %d %Y %H:%M:%S",       "%A, %B %d, %Y, %H:%M:%S",
                                        "%e. %B %Y %H:%M:%S",      "%d/%b/%Y %H:%M:%S",
                                        "%d %b %Y %H:%M:%S +0000", "%d%b%Y:%H:%M:%S",
                                        "%Y-%b-%d %H:%M:%S,000",   "%B %dth, %Y %H:%M:%S",
                                        "%a %b %e %H:%M:%S %Y",    "%b %d %H:%M:%S UTC %Y",
                                        "%dth %B %Y %H:%M:%S",     "%Y%m%dT%H%M%S",
                                        "%Y%m%d %H:%M:%SZ",        "%Y-%m-%dT%H:%M:%S.0Z[Etc/UTC]"};
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 2);
    for (int k = 0; k < 2000; k++) {
        const char *form = forms[(size_t)k % (sizeof forms / sizeof *forms)];
        char text[80], *at = text;
        double seconds;
        time_t when = (time_t)pensel_random_uniform(&random, EARLIEST, 9e9);
        strftime(text, sizeof text, form, gmtime(&when));
        while (*at == ' ')
            at++;
        if (k % 2 == 0 && strchr(form, 'b') && !strstr(at, "GMT") && !strstr(at, "UTC"))
            for (char *c = at; *c; c++)
                *c = (char)tolower(*c);
        if (!pensel_date_read(&seconds, at, false)) fail_msg("%s is no date", at);
        assert_near(seconds, (double)when, 0);
    }
}

static void months_and_short_years(void **state)
{
    static const struct {
        const char *text;
        double days;
    } known[] = {{"Jan 1970", 0},
                 {"1970-02", 31},
                 {"March 1970", 59},
                 {"02-Jan-70", 1},
                 {"2 Jan 70", 1},
                 {"1-jan-69", -365},
                 {"SEPTEMBER 1970", 243},
                 {"1970-02-01", 31},
                 {"Thursday, 1 January 1970", 0},
                 {"2/1970", 31},
                 {"01/1970", 0},
                 {"02.01.70", 31},
                 {"Feb-70", 31},
                 {"Sept 1970", 243},
                 {"2JAN1970", 1},
                 {"2nd Jan 1970", 1},
                 {"1970 Feb 1", 31},
                 {"1970 Feb", 31},
                 {"1970-Mar", 59},
                 {"1970Q2", 90},
                 {"1970-Q3", 181},
                 {"Q4 1970", 273},
                 {"1970-01-01 24:00", 1},
                 {"1970-01-01 19:00 EST", 1},
                 {"1970-01-02 02:00:00 CEST", 1},
                 {"1970-01-02T05:30:00+05:30", 1},
                 {"1970-01-01 20:15:00 -0345", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double seconds;
        if (!pensel_date_read(&seconds, known[i].text, false))
            fail_msg("%s is no date", known[i].text);
        assert_near(seconds, known[i].days * 86400, 0);
    }
}

static void expect_none(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double seconds;
        if (pensel_date_read(&seconds, texts[i], false)) fail_msg("%s is a date", texts[i]);
    }
}

static void numbers_that_are_no_date(void **state)
{
    static const char *const none[] = {"",
                                       "2020",
                                       "2020-13-01",
                                       "2020-02-30",
                                       "1.5",
                                       "12:60",
                                       "2020-01-01x",
                                       "25:00",
                                       "2020-01/02",
                                       "0000-01-01",
                                       "1/2",
                                       "2021-02-29",
                                       "13:00 PM",
                                       "20200101",
                                       "2020-00",
                                       "2020/01",
                                       "1.2.03",
                                       "2010/11",
                                       "2020Q5",
                                       "Q0 2020",
                                       "1405",
                                       "20201301T00:00",
                                       "24:01",
                                       "140530",
                                       "2020Q1x",
                                       "2021-W53",
                                       "2020-W54",
                                       "2020-W00",
                                       "2020-W10-8",
                                       "2020-W1",
                                       "2020-01-01 1200[",
                                       "1/2/3/2020"};
    (void)state;
    expect_none(none, sizeof none / sizeof *none);
}

static void words_that_are_no_date(void **state)
{
    static const char *const none[] = {
        "May",          "May 5",      "May 5, 20",  "31 Apr 2020",
        "Junk 2020",    "5 Ma 2020",  "Mon",        "1 Jan2020",
        "1   Jan 2020", "Jan 2020 x", "Jan 20",     "Mayo 2020",
        "32JAN2020",    "Jan-20 x",   "1JAN 2020",  "2020-01-01 12:00 XYZ",
        "2020 Feb x",   "2020Feb",    "Jan 1 12:00"};
    (void)state;
    expect_none(none, sizeof none / sizeof *none);
}

static void zones_halves_and_days_first(void **state)
{
    double seconds;
    (void)state;
    assert_true(pensel_date_read(&seconds, "1970-01-01T01:00+01:00", false));
    assert_near(seconds, 0, 0);
    assert_true(pensel_date_read(&seconds, "1:05 PM", false));
    assert_near(seconds, 13 * 3600 + 300, 0);
    assert_true(pensel_date_read(&seconds, "02.01.1970", true));
    assert_near(seconds, 86400, 0);
}

/* A week has the number and the year of its Thursday (ISO 8601). */
static void weeks_are_isos(void **state)
{
    (void)state;
    for (int monday = EARLIEST < 0 ? -19988 : 4; monday < 40000; monday += 7) {
        time_t thursday = ((time_t)monday + 3) * 86400;
        struct tm *t = gmtime(&thursday);
        int year = 1900 + t->tm_year, week = t->tm_yday / 7 + 1;
        char text[32];
        double seconds;
        for (int day = 1; day <= 7; day++) {
            snprintf(text, sizeof text, "%04d-W%02d-%d", year, week, day);
            assert_true(pensel_date_read(&seconds, text, false));
            assert_near(seconds, (monday + day - 1) * 86400.0, 0);
        }
        snprintf(text, sizeof text, "%04d W%02d", year, week);
        assert_true(pensel_date_read(&seconds, text, false));
        assert_near(seconds, monday * 86400.0, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_the_calendars), cmocka_unit_test(months_have_names),
        cmocka_unit_test(months_and_short_years),  cmocka_unit_test(numbers_that_are_no_date),
        cmocka_unit_test(words_that_are_no_date),  cmocka_unit_test(zones_halves_and_days_first),
        cmocka_unit_test(weeks_are_isos),
    };
    return RUN(tests);
}
