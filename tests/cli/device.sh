#!/bin/bash
# tests/cli/device.sh SIMRUN -- experiment: device
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

cat >pcm.yaml <<END
experiment: device
name: pcm
chip: {preset: pcm}
device: {devices: 20000, pulses: 20, targets: 3, times: 4, longest: 86400 s}
END

# numbers FILE PATH: all values, one a line.
numbers() {
  h5dump -y -w 1 -m %.12g -d "$2" "$1/run.h5" |
    awk '/DATA {/ { is_in = 1; next } /}/ { is_in = 0 } is_in' | tr -d ' ,'
}
# near FILE PATH ITEM WANT TOLERANCE (in the unit of the file)
near() {
  numbers "$1" "$2" | awk -v item="$3" -v want="$4" -v tolerance="$5" '
    NR == item { print; d = $1 - want; good = d <= tolerance && -d <= tolerance }
    END { exit !good }'
}
has_unit() { h5dump -A -d "$1" pcm/run.h5 | grep -q "\"$2\""; }

ok 'a device experiment needs no network' "$simrun" -q -o pcm pcm.yaml
# Write error of the preset at 12.5 uS: 0.9527 uS, within 5 standard errors.
ok 'deviation of a write' near pcm /device/programming/deviation 2 \
  0.95270e-6 0.0239e-6
ok 'mean of a write' near pcm /device/programming/error 2 0 0.0337e-6
for path in staircase/mean staircase/deviation staircase/one \
  programming/target programming/error programming/deviation aging/mean \
  aging/deviation; do
  ok "$path is in siemens" has_unit "/device/$path" S
done
ok 'time is in seconds' has_unit /device/aging/time s
ok 'a picture is in the report' grep -q device.png pcm/report.html
# Quotes and backticks in a preset are text for whoever draws it.
cat >odd.yaml <<'END'
technology: "it's `date` \"here\" {a_b}^2"
source: a bench
condition: dry
END
draws() {
  command -v gnuplot >/dev/null || return 0
  "$simrun" -q -o odd --set chip.preset=odd.yaml --set device.devices=2 \
    pcm.yaml && [[ -s odd/device.png ]]
}
ok 'a picture of any device' draws
ok 'and resolved it runs again' "$simrun" -q -o again pcm/experiment.yaml
identical() {
  for path in staircase/mean programming/error aging/mean; do
    cmp <(numbers pcm /device/$path) <(numbers again /device/$path) || return 1
  done
}
ok 'to the same' identical

# Published: 25 uS drift to 16.588 uS in a day (write error and spread off).
ok 'drift alone' "$simrun" -q -o drift \
  --set 'chip.coupling.write_noise.polynomial=0 S' \
  --set chip.coupling.drift.spread=0 pcm.yaml
ok 'is the published one' near drift /device/aging/mean 12 16.588e-6 0.5e-9
ok 'at the last time' near drift /device/aging/time 4 86400 1e-6

# HZO FeFET: 32 pulses cross the window, in steps that shrink upwards.
ok 'a staircase' "$simrun" -q -o steps --set chip.preset=fefet_hzo \
  --set chip.coupling.pulse.noise_range=0 --set device.pulses=32 \
  --set device.devices=2 pcm.yaml
ok 'starts at g_min' near steps /device/staircase/mean 1 39.73e-9 1e-15
ok 'is at g_max after 32 pulses' near steps /device/staircase/mean 33 \
  1788e-9 1e-15
ok 'and back after 64' near steps /device/staircase/mean 65 39.73e-9 1e-15
# x(16) of NL 1.75, A = 0.7021: (1 - exp(-0.5/A))/(1 - exp(-1/A)) = 0.67088
ok 'is bent as published' near steps /device/staircase/mean 17 \
  1212.58e-9 0.1e-9
ok '--check prints no estimates' "$simrun" --check pcm.yaml
ok 'a network is refused' exits 2 "$simrun" --set network.layers=[2,2] pcm.yaml
done_testing
