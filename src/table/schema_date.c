/* Dates: ISO (2020-12-31, with T or a space and a time; 2020-12), with slashes or dots
 * (31/12/2020, 12/31/2020, 31.12.2020), with the month's English name (31 Dec 2020, 31-Dec-20,
 * December 31, 2020, Thu, 31 Dec 2020, Dec 2020), and times alone (23:59, 23:59:59.5), with Z, GMT,
 * an offset, AM or PM. Days are counted in the proleptic Gregorian calendar.
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

/* Three numbers with the same mark between them; the year has four digits and is first or last, or
 * with slashes two. Or a year and a month, which is its first day. */
static bool read_numbers(double *seconds, const char **text, bool day_first)
{
    int a, b, c;
    size_t first = read_digits(&a, text, 4);
    char mark = **text;
    if (first == 0 || !mark || !strchr("-/.", mark)) return false;
    ++*text;
    size_t second = read_digits(&b, text, 2);
    if (first == 4 && second == 2 && mark == '-' && !**text) return make_day(seconds, a, b, 1);
    if (second == 0 || *(*text)++ != mark) return false;
    size_t last = read_digits(&c, text, 4);
    if (first == 4) return (last == 1 || last == 2) && make_day(seconds, a, b, c);
    if (first > 2 || (last != 4 && !(last == 2 && mark == '/'))) return false;
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
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    return read_name(text, months, 12);
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

/* Day, month and year, month, day and year, or month and year, the month by name. */
static bool read_words(double *seconds, const char **text)
{
    int day = 1, month, year;
    skip_weekday(text);
    size_t before = read_digits(&day, text, 2);
    if (before && !skip_marks(text)) return false;
    if (!(month = read_month(text)) || !skip_marks(text)) return false;
    size_t digits = read_digits(&year, text, 4);
    if (!before && (digits == 1 || digits == 2)) {
        day = year;
        if (!skip_marks(text)) return false;
        digits = read_digits(&year, text, 4);
        if (digits == 2) return false; /* May 5, 20: by no custom */
    } else if (!before) {
        day = 1;
    }
    if (digits != 4 && !(digits == 2 && before)) return false;
    return make_day(seconds, full_year(year, digits), month, day);
}

/* Words are tried first, on a pointer of their own; what they do not take is left for numbers. */
static bool read_day(double *seconds, const char **text, bool day_first)
{
    const char *at = *text;
    if (read_words(seconds, &at)) return *text = at, true;
    return read_numbers(seconds, text, day_first);
}

/* Z, GMT, UTC, +hh:mm, +hhmm or +hh; or nothing. East of Greenwich clocks are ahead, so a positive
 * offset is taken off. */
static bool read_zone(double *seconds, const char **text)
{
    int hours, minutes = 0;
    *text += **text == ' ';
    char sign = **text;
    if (sign == 'Z') return ++*text, true;
    if (!strncmp(*text, "GMT", 3) || !strncmp(*text, "UTC", 3)) return *text += 3, true;
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

/* hh:mm or hh:mm:ss with a fraction; :60 is a leap second, and counts as the next minute's first.
 */
static bool read_time(double *seconds, const char **text)
{
    int hours, minutes, whole = 0, digit;
    if (read_digits(&hours, text, 2) == 0 || *(*text)++ != ':') return false;
    if (read_digits(&minutes, text, 2) != 2) return false;
    double fraction = 0, place = 0.1;
    if (**text == ':') {
        ++*text;
        if (read_digits(&whole, text, 2) != 2) return false;
        if (**text == '.')
            for (++*text; read_digits(&digit, text, 1);) {
                fraction += digit * place;
                place /= 10;
            }
    }
    if (hours > 23 || minutes > 59 || whole > 60) return false;
    *seconds += hours * 3600.0 + minutes * 60.0 + whole + fraction;
    return read_half(seconds, text, hours) && read_zone(seconds, text);
}

/* A day, a time, or a day and a time; nothing may be left over. A time alone counts from
 * 1970-01-01. */
bool pensel_date_read(double *seconds, const char *text, bool day_first)
{
    const char *at = text;
    *seconds = 0;
    if (read_day(seconds, &at, day_first)) {
        if (*at == '\0') return true;
        if (*at != 'T' && *at != ' ' && *at != ',') return false;
        at += 1 + strspn(at + 1, " ");
    } else {
        *seconds = 0;
        at = text;
    }
    return read_time(seconds, &at) && *at == '\0';
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
