/* Dates: ISO (2020-12-31, with T or a space and a time; 20201231T2359; 2020-12), with slashes or
 * dots (31/12/2020, 12/31/2020, 12/2020, 31.12.2020, 31.12.20), with the month's English name (31
 * Dec 2020, 31-Dec-20, 31DEC2020, December 31st, 2020, Thu, 31 Dec 2020, 2020-Dec-31, Dec 2020,
 * Dec-20, 2020 Dec), quarters (2020Q4, Q4 2020), weeks (2020-W53), what logs have (Thu Dec 31
 * 23:59:59 2020), and times alone (23:59, 23:59:59.5), with Z, GMT, a zone or an offset, AM or PM.
 * Days are counted in the proleptic Gregorian calendar.
 *
 * Readers move *text behind what they have understood, and are tried one after the other; only when
 * nothing is left over is the text a date. No locale is asked, and no zone of this machine: a time
 * without a zone is UTC. */
#include "table/schema.h"

#include <math.h>
#include <string.h>

#define DAY 86400.0

/* Up to `most` digits at *text, which moves behind them; how many there were. */
static size_t read_digits(int *value, const char **text, size_t most)
{
    size_t n = 0;
    *value = 0;
    while (n < most && **text >= '0' && **text <= '9') {
        *value = *value * 10 + (*(*text)++ - '0');
        n++;
    }
    return n;
}

/* The Gregorian rule: every fourth year, but of full centuries every fourth. */
static bool leaps(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leaps(year));
}

/* Days from 1970-01-01 to the first day of a year:
 *
 *     365 (year - 1970) + leap days of the years from 1970 to year - 1
 *
 * Of a year before 1970 they are counted off. */
static double days_before_year(int year)
{
    int y = year - 1; /* leap days up to the end of it */
    int leap = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    return 365.0 * (year - 1970) + leap;
}

/* False where there is no such day: the 30th of February makes a text no date. */
static bool make_day(double *seconds, int year, int month, int day)
{
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    double days = days_before_year(year) + day - 1;
    for (int m = 1; m < month; m++)
        days += days_of_month(year, m);
    *seconds = days * DAY;
    return true;
}

/* Two digits are of 1969 to 2068, as for %y of POSIX. */
static int full_year(int year, size_t digits)
{
    if (digits == 4) return year;
    return year + (year < 69 ? 2000 : 1900);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Eight digits, of a date and a time: alone they are a number. */
static bool read_basic(double *seconds, const char **text)
{
    int year, month, day;
    const char *at = *text;
    if (read_digits(&year, &at, 4) != 4 || read_digits(&month, &at, 2) != 2 ||
        read_digits(&day, &at, 2) != 2 || (*at != 'T' && *at != ' '))
        return false;
    return make_day(seconds, year, month, day) && (*text = at, true);
}

/* 2020Q4, 2020-Q4 or Q4 2020: its first day */
static bool read_quarter(double *seconds, const char **text)
{
    int year, quarter;
    const char *at = *text;
    bool year_first = *at != 'Q' && *at != 'q';
    if (year_first) {
        if (read_digits(&year, &at, 4) != 4) return false;
        at += *at == '-' || *at == ' ';
        if (*at != 'Q' && *at != 'q') return false;
    }
    at++;
    if (read_digits(&quarter, &at, 1) != 1 || quarter < 1 || quarter > 4) return false;
    if (!year_first && ((*at != ' ' && *at != '-') || (at++, read_digits(&year, &at, 4) != 4)))
        return false;
    return *at == '\0' && make_day(seconds, year, 3 * quarter - 2, 1) && (*text = at, true);
}

/* 2020-W53, 2020W53 or 2020 W53: its Monday; 2020-W53-7: that day. ISO 8601's first week has the
 * 4th of January, and a year has 53 where the last one has its 28th of December. */
static bool read_week(double *seconds, const char **text)
{
    int year, week, day = 1;
    double fourth;
    const char *at = *text;
    if (read_digits(&year, &at, 4) != 4) return false;
    at += *at == '-' || *at == ' ';
    if (*at++ != 'W' || read_digits(&week, &at, 2) != 2) return false;
    if (*at == '-' && (at++, read_digits(&day, &at, 1) != 1)) return false;
    if (*at || week < 1 || week > 53 || day < 1 || day > 7 || !make_day(&fourth, year, 1, 4))
        return false;
    double weekday = fmod(fmod(fourth / DAY + 3, 7) + 7, 7); /* 0: Monday */
    double monday = fourth / DAY - weekday + (week - 1) * 7;
    if (week == 53 && monday > days_before_year(year + 1) - 4) return false;
    *seconds = (monday + day - 1) * DAY;
    return *text = at, true;
}

/* Three numbers with the same mark between them; the year has four digits and is first or last, or
 * with slashes two, or with dots, where all three have two (1.2.03 is a version). Or a year and a
 * month, which is its first day: 2020-12, 12/2020; but 2010/11 is a season. */
static bool read_numbers(double *seconds, const char **text, bool day_first)
{
    int a, b, c;
    size_t first = read_digits(&a, text, 4);
    char mark = **text;
    if (first == 0 || !mark || !strchr("-/.", mark)) return false;
    ++*text;
    size_t second = read_digits(&b, text, first == 4 ? 2 : 4);
    if (first == 4 && second == 2 && mark == '-' && !**text) return make_day(seconds, a, b, 1);
    if (first < 3 && second == 4 && mark == '/' && !**text) return make_day(seconds, b, a, 1);
    if (second == 0 || second > 2 || *(*text)++ != mark) return false;
    size_t last = read_digits(&c, text, 4);
    if (first == 4) return (last == 1 || last == 2) && make_day(seconds, a, b, c);
    bool two = last == 2 && (mark == '/' || (mark == '.' && first == 2 && second == 2));
    if (first > 2 || (last != 4 && !two)) return false;
    c = full_year(c, last);
    return day_first ? make_day(seconds, c, b, a) : make_day(seconds, c, a, b);
}

/* Which of the names stands at *text, from 1, in whole or by its first three letters and in any
 * case; *text moves behind it. 0: none. */
static int read_name(const char **text, const char *const *names, int count)
{
    size_t letters = 0;
    while (((*text)[letters] | 32) >= 'a' && ((*text)[letters] | 32) <= 'z')
        letters++;
    for (int k = 0; k < count; k++) {
        size_t same = 0;
        while (same < letters && names[k][same] == ((*text)[same] | 32))
            same++;
        if (same == letters && (letters == 3 || !names[k][letters])) return *text += letters, k + 1;
    }
    return 0;
}

/* From 1; English, in whole or by three letters. */
static int read_month(const char **text)
{
    static const char *const months[] = {"january",  "february", "march",  "april",     "may",
                                         "june",     "july",     "august", "september", "october",
                                         "november", "december", "sept"};
    int month = read_name(text, months, 13);
    return month == 13 ? 9 : month;
}

/* It says nothing that the date does not, so it is not compared with it. */
static void skip_weekday(const char **text)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    if (read_name(text, days, 7)) *text += strspn(*text, ", ");
}

/* One or two marks, such as ", "; what it is that parts a date's words. */
static bool skip_marks(const char **text)
{
    size_t n = strspn(*text, " ,.-/");
    *text += n;
    return n == 1 || n == 2;
}

/* 1st, 2nd, 3rd, 4th; whether the ending is the right one is not asked. */
static void skip_ordinal(const char **text)
{
    static const char *const ends[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strncmp(*text, ends[i], 2) == 0) {
            *text += 2;
            return;
        }
}

/* Behind the month's name, where no number stood before it: day and year, or the year alone. Two
 * digits are a year only in Dec-20, as spreadsheets write it: May 5, 20 is by no custom. */
static bool read_behind_month(double *seconds, const char **text, int month, bool dash)
{
    int day, year;
    size_t digits = read_digits(&year, text, 4);
    if (digits == 4 || (digits == 2 && dash && !**text))
        return make_day(seconds, full_year(year, digits), month, 1);
    day = year;
    skip_ordinal(text);
    if (digits > 2 || !skip_marks(text) || read_digits(&year, text, 4) != 4) return false;
    return make_day(seconds, year, month, day);
}

/* Day, month and year, year, month and day, or year and month: with marks, or without any as in
 * 31DEC2020 */
static bool read_around_month(double *seconds, const char **text, int before, size_t digits)
{
    int after, month;
    if (digits <= 2) skip_ordinal(text);
    bool marks = skip_marks(text);
    if (!(month = read_month(text))) return false;
    if (digits == 4 && marks && !**text) return make_day(seconds, before, month, 1);
    if (skip_marks(text) != marks) return false;
    size_t last = read_digits(&after, text, 4);
    if (digits == 4)
        return marks && (last == 1 || last == 2) && make_day(seconds, before, month, after);
    if (digits > 2 || (last != 4 && last != 2)) return false;
    return make_day(seconds, full_year(after, last), month, before);
}

/* A date whose month is a word */
static bool read_words(double *seconds, const char **text)
{
    int before, month;
    skip_weekday(text);
    size_t digits = read_digits(&before, text, 4);
    if (digits) return read_around_month(seconds, text, before, digits);
    if (!(month = read_month(text))) return false;
    bool dash = **text == '-';
    return skip_marks(text) && read_behind_month(seconds, text, month, dash);
}

/* Words are tried first, on a pointer of their own; what they do not take is left for numbers. */
static bool read_day(double *seconds, const char **text, bool day_first)
{
    const char *at = *text;
    if (read_words(seconds, &at)) return *text = at, true;
    if (read_basic(seconds, text) || read_quarter(seconds, text) || read_week(seconds, text))
        return true;
    return read_numbers(seconds, text, day_first);
}

/* Zones by name, as RFC 2822 and Central Europe have them, and their hours */
static bool read_named_zone(double *seconds, const char **text)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"GMT", 0},  {"UTC", 0},  {"Z", 0},    {"EST", -5}, {"EDT", -4},
                 {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8},
                 {"PDT", -7}, {"CEST", 2}, {"CET", 1}};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        size_t length = strlen(zones[i].name);
        if (strncmp(*text, zones[i].name, length) != 0) continue;
        *text += length;
        *seconds -= zones[i].hours * 3600.0;
        return true;
    }
    return false;
}

/* Z, GMT, UTC or another zone, +hh:mm, +hhmm or +hh; or nothing. East of Greenwich clocks are
 * ahead, so a positive offset is taken off. */
static bool read_zone(double *seconds, const char **text)
{
    int hours, minutes = 0;
    *text += **text == ' ';
    char sign = **text;
    if (read_named_zone(seconds, text)) return true;
    if (sign != '+' && sign != '-') return true;
    ++*text;
    if (read_digits(&hours, text, 2) != 2) return false;
    if (**text == ':') ++*text;
    size_t n = read_digits(&minutes, text, 2);
    if ((n != 0 && n != 2) || hours > 14 || minutes > 59) return false;
    *seconds += (sign == '+' ? -1 : 1) * (hours * 3600.0 + minutes * 60.0);
    return true;
}

/* AM or PM, of hours from 1 to 12: 12 AM is midnight, 12 PM noon. */
static bool read_half(double *seconds, const char **text, int hours)
{
    const char *at = *text + strspn(*text, " ");
    bool afternoon = *at == 'p' || *at == 'P';
    if ((!afternoon && *at != 'a' && *at != 'A') || (at[1] != 'm' && at[1] != 'M')) return true;
    if (hours < 1 || hours > 12) return false;
    *seconds += (afternoon ? 12 : 0) * 3600.0 - (hours == 12 ? 12 : 0) * 3600.0;
    *text = at + 2;
    return true;
}

/* ss with a fraction, behind a point or a comma */
static bool read_seconds(double *seconds, const char **text)
{
    int whole, digit;
    double place = 0.1;
    if (read_digits(&whole, text, 2) != 2 || whole > 60) return false;
    *seconds += whole;
    if ((**text == '.' || **text == ',') && is_digit((*text)[1]))
        for (++*text; read_digits(&digit, text, 1);) {
            *seconds += digit * place;
            place /= 10;
        }
    return true;
}

/* hh:mm or hh:mm:ss with a fraction, or hhmm and hhmmss behind a T; :60 is a leap second, and
 * counts as the next minute's first; 24:00 is the next day's midnight. */
static bool read_time(double *seconds, const char **text)
{
    int hours, minutes;
    double rest = 0;
    size_t digits = read_digits(&hours, text, 2);
    bool marks = **text == ':';
    if (digits == 0 || (digits == 1 && !marks)) return false;
    *text += marks;
    if (read_digits(&minutes, text, 2) != 2) return false;
    if (marks ? **text == ':' : is_digit(**text)) {
        *text += marks;
        if (!read_seconds(&rest, text)) return false;
    }
    if (hours > 24 || minutes > 59 || (hours == 24 && minutes + rest > 0)) return false;
    *seconds += hours * 3600.0 + minutes * 60.0 + rest;
    return read_half(seconds, text, hours) && read_zone(seconds, text);
}

/* Thu Dec 31 23:59:59 2020, with or without a zone before the year: what ctime and logs write */
static bool read_log(double *seconds, const char *text)
{
    int month, day, year;
    double time = 0;
    skip_weekday(&text);
    if (!(month = read_month(&text)) || *text != ' ') return false;
    text += strspn(text, " ");
    if (!read_digits(&day, &text, 2) || *text++ != ' ' || !read_time(&time, &text)) return false;
    text += *text == ' ';
    if (read_digits(&year, &text, 4) != 4 || *text || !make_day(seconds, year, month, day))
        return false;
    *seconds += time;
    return true;
}

/* A day, a time, or a day and a time; nothing may be left over, but the name of a place whose zone
 * has been read, in brackets. A time alone counts from 1970-01-01. */
bool pensel_date_read(double *seconds, const char *text, bool day_first)
{
    const char *at = text;
    *seconds = 0;
    if (read_log(seconds, text)) return true;
    if (read_day(seconds, &at, day_first)) {
        if (*at == '\0') return true;
        if (!strchr("T ,:", *at)) return false;
        at += 1 + strspn(at + 1, " ");
    } else {
        *seconds = 0;
        at = text;
        if (!strchr(text, ':')) return false; /* 1405 is a number */
    }
    if (!read_time(seconds, &at)) return false;
    return *at == '\0' || (*at == '[' && at[strcspn(at, "]")] == ']');
}

/* 20201231, 202012 or 20201231235959: dates as whole numbers, of 1900 to 2100 */
bool pensel_date_of_number(double *seconds, double x)
{
    double day = x >= 1e13 ? floor(x / 1e6) : x;
    if (!(day == floor(day)) || day < 190001 || day > 21001231) return false;
    int n = (int)day, clock = (int)(x >= 1e13 ? x - day * 1e6 : 0);
    bool month = n <= 210012;
    if (!month && n < 19000101) return false;
    if (!make_day(seconds, month ? n / 100 : n / 10000, month ? n % 100 : n / 100 % 100,
                  month ? 1 : n % 100))
        return false;
    int hours = clock / 10000, minutes = clock / 100 % 100, whole = clock % 100;
    if (hours > 23 || minutes > 59 || whole > 60) return false;
    *seconds += hours * 3600.0 + minutes * 60.0 + whole;
    return true;
}

/* 1970-01-01 was a Thursday, 3 days after a Monday. The year is first estimated by the calendar's
 * mean year, 146,097 days in 400 years, and then is one off at most. Of negative seconds floor and
 * the second fmod keep weekday and time in [0, 1). */
pensel_date_parts pensel_date_split(double seconds)
{
    double days = floor(seconds / DAY), weekday = fmod(fmod(days + 3, 7) + 7, 7);
    int year = (int)(1970 + floor(days / 365.2425));
    if (days >= days_before_year(year + 1)) year++;
    if (days < days_before_year(year)) year--;
    return (pensel_date_parts){
        .year = year,
        .day = (days - days_before_year(year)) / (365 + leaps(year)),
        .weekday = weekday / 7, /* 0: Monday */
        .time = (seconds - days * DAY) / DAY,
    };
}
