# tools/count_tests.awk -- the test cases in meson's testlog.txt
#
# Each test program has a section: facts ("test:", "result:"), then its stdout
# in TAP. A program that ended badly, or ran fewer cases than it announced, and
# whose cases all seem fine counts as one failure. Sections with a failure are
# printed again without the good cases, then "N passed, N failed". `meson_status`
# is meson's exit status: if it is not 0 although nothing failed, that is a
# failure, too, unless a case was skipped as "not ok": so does cmocka before
# 1.1.6, and meson takes it for a failure.
#
# SPDX-License-Identifier: GPL-3.0-or-later

function begin(name) {
  test = name
  text = result = ""
  in_stdout = n_ok = n_bad = n_skip = 0
  n_planned = -1
}

function finish() {
  if (test == "") return
  n_seen = n_ok + n_bad + n_skip
  if (n_bad == 0 && result !~ /^exit status 0( |$)/)
    complain("ended with " (result == "" ? "no result" : result))
  else if (n_bad == 0 && n_planned >= 0 && n_seen != n_planned)
    complain("ran " n_seen " of " n_planned " cases")
  else if (n_bad == 0 && n_seen == 0 && n_planned != 0)
    complain("ran no case")
  if (n_bad > 0) printf "---- %s ----\n%s", test, text
  passed += n_ok
  failed += n_bad
  skipped += n_skip
  test = ""
}

function complain(what) {
  n_bad++
  text = text "not ok - " test " " what "\n"
}

/^=+ [0-9]+\/[0-9]+ =+$/ { finish(); is_start = 1; next }
is_start && /^test: / { begin(substr($0, 15)); is_start = 0; next }
test == "" { next }
/^=+$/ { finish(); next }
/^-+ stdout -+$/ { in_stdout = 1; next }
/^-+ stderr -+$/ { in_stdout = 0; text = text "stderr:\n"; next }
!in_stdout && /^result: / { result = substr($0, 15) }
/^(start time|duration|result|command): / { next }
in_stdout && /^1\.\.0 *# *[Ss][Kk][Ii][Pp]/ { n_planned = 1; n_skip++; next }
in_stdout && /^1\.\.[0-9]+/ { n_planned = substr($1, 4) + 0; next }
in_stdout && /^(not )?ok($| ).*# *[Ss][Kk][Ii][Pp]/ {
  n_skip++
  n_misread += /^not/
  next
}
in_stdout && /^ok($| )/ { n_ok++; next }
{ text = text $0 "\n" }
in_stdout && /^not ok($| )/ { n_bad++ }
in_stdout && /^Bail out!/ { n_bad++ }

END {
  finish()
  if (meson_status != 0 && failed == 0 && !n_misread) {
    print "meson test ended with status " meson_status
    failed++
  }
  printf "%d passed, %d failed%s\n", passed, failed,
         skipped ? ", " skipped " skipped" : ""
  exit failed > 0
}
