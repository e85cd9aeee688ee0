package dev.holdfast.api;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The id of a job as clients write it: SESSION.NUMBER, where SESSION may be anything that selects
 * one session.
 */
record JobId(String session, int number) {

  private static final Pattern FORM = Pattern.compile("(.+)\\.([1-9][0-9]{0,8})");

  static JobId parse(String text) {
    Matcher form = FORM.matcher(Fields.selector("id", text));
    if (!form.matches()) {
      throw Refusal.invalid("id", "is no job: write it as SESSION.NUMBER, such as web1.3");
    }
    return new JobId(form.group(1), Integer.parseInt(form.group(2)));
  }

  static String of(String session, int number) {
    return session + "." + number;
  }
}
