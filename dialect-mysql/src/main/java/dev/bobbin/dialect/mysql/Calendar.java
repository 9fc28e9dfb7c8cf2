package dev.bobbin.dialect.mysql;

/**
 * The calendar that the server reckons all dates by, which is Java's: the Gregorian, also before it
 * was made (manual, "What Calendar Is Used By MySQL?").
 */
final class Calendar {

  private static final int DAYS_TO_1970 = 719_468; // from 0000-03-01
  private static final int DAYS_PER_ERA = 146_097; // of 400 years

  private Calendar() {}

  /** Whether there is such a day; there is none in month 0, and no 31 February. */
  static boolean has(int year, int month, int day) {
    return month >= 1
        && month <= 12
        && day >= 1
        && (day <= 28 || day <= daysIn(year, month))
        && year <= 9999;
  }

  private static int daysIn(int year, int month) {
    return switch (month) {
      case 2 -> (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
      case 4, 6, 9, 11 -> 30;
      default -> 31;
    };
  }

  /** The days since 1970-01-01 of a day that there is; of years from 0. */
  static int epochDay(int year, int month, int day) {
    // In years that begin with March, so that the leap day is the last.
    int shifted = month <= 2 ? year + 399 : year + 400;
    int era = shifted / 400;
    int yearOfEra = shifted % 400;
    int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return (era - 1) * DAYS_PER_ERA + dayOfEra - DAYS_TO_1970;
  }
}
