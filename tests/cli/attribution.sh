#!/bin/bash
# tests/cli/attribution.sh SIMRUN -- imperfections, settings, other kinds
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

# --- imperfections ---

# The adjoint is that of the same chip, so what is seen is what a wrong read-out
# and a wrong nudge do to the measured gradient.
cat >sources.yaml <<END
experiment: sweep
name: sources
seed: 3
data: {file: $experiments/data/rings.csv, full_scale: [-1, 1]}
network: {layers: [2, 8, 8], init_gain: 1.0}
chip:
  capacitance: matched
  output_adc: {gain: 0.01}
  sources: {nudge_spread: 0.02}
settle: {analysis: operating_point, until: 1e-12, unsettled: keep}
gradient: {samples: 16, until: 1e-12}
sweep: {measure: gradient, chips: 40, x: {key: sources}}
END
sed '/^sweep/d; s/^experiment: sweep/experiment: gradient/
  /output_adc/d; /  sources/d' sources.yaml >ideal.yaml
ok 'a sweep of sources' "$simrun" -q sources.yaml -o sources
ok 'the same without any' "$simrun" -q ideal.yaml -o ideal
settings() {
  h5dump -a /sweep/axes/x/settings sources/run.h5 | grep -oF "$1"
}
ok 'all of them, one at a time, all but one' settings 'none; all; fabrication; '\
'only nudge_spread; only output_adc_mismatch; without nudge_spread; '\
'without output_adc_mismatch'
values=/sweep/results/gradient_relative_error/values
none_is_ideal() {
  local point plain
  point=$(numbers sources $values | head -40 | sort -u)
  plain=$(numbers ideal /gradient/relative_error)
  echo "$point, $plain"
  [[ $point == "$plain" ]]
}
ok 'without sources each chip is the ideal one, bit for bit' none_is_ideal
other_is_only() {
  numbers sources $values | awk '{ v[NR] = $1 }
    END { for (i = 1; i <= 40; i++) bad += v[120 + i] != v[240 + i] ||
        v[160 + i] != v[200 + i] || v[i + 40] != v[i + 80]
      exit !(NR == 280 && bad == 0) }'
}
ok 'of two sources, all but one is only the other' other_is_only
# Of independent errors a and b, |a + b|^2 - |a|^2 - |b|^2 = 2 a.b is 0 on
# average.
squares_add() {
  numbers sources $values | awk '{ v[NR] = $1 * $1 }
    END { for (i = 1; i <= 40; i++) { d = v[i + 40] - v[i + 120] - v[i + 160]
        all += v[i + 40] / 40; s += d; q += d * d }
      mean = s / 40; error = sqrt((q / 40 - mean * mean) / 39)
      print mean, error, all
      exit !(mean < 5 * error && mean > -5 * error && error < 0.1 * all) }'
}
ok 'squares of independent errors add' squares_add
has_line() {
  cat sources/attribution.csv
  grep -qE "$1" sources/attribution.csv
}
ok 'a table says it' has_line \
  '^output_adc_mismatch,fabrication,-?[0-9]'
table_is_right() {
  local wanted
  wanted=$(numbers sources $values | awk '{ v[NR] = $1 } END {
    for (i = 1; i <= 40; i++) s += v[i + 120] - v[i]; printf "%.6g", s / 40 }')
  awk -F, -v wanted="$wanted" '$1 == "nudge_spread" { got = $7 }
    END { print got, wanted; exit got != wanted }' sources/attribution.csv
}
ok 'with the mean difference from the ideal chip' table_is_right
ok_picture 'and a picture' sources/attribution.png
ok 'the points are in sweep.csv' grep -q '^only nudge_spread,0\.9' \
  sources/sweep.csv
ok 'a source that is off is refused' refuses \
  'of what is on (nudge_spread, output_adc_mismatch), got only wires' \
  sources.yaml --set 'sweep.x.values=[none, only wires]'
ok 'as is a chip without any' refuses 'must have a chip with an imperfection' \
  sources.yaml --set chip.output_adc.gain=0 --set chip.sources.nudge_spread=0

# --- settings of several keys ---

write_experiment tiny.yaml
cat >settings.yaml <<END
experiment: sweep
name: settings
sweep:
  base: tiny.yaml
  collect: ["/network/conductance_plus_0[0,0]", "/train/loss[-1]"]
  x:
    values:
      - {chip.preset: ideal}
      - {chip.preset: rram_hfox, seed: 4}
      - chip: {coupling: {g_min: 3 uS}}
train: {epochs: 1}
END
ok 'a sweep of presets and sections' "$simrun" -q settings.yaml -o settings
lowest() {
  numbers settings /sweep/results/network_conductance_plus_0/values |
    awk '{ v[NR] = $1 } END { print v[1], v[2], v[3]
      exit !(v[1] >= 0 && v[1] < 1e-6 && v[2] >= 1e-6 && v[3] >= 3e-6) }'
}
ok 'each has the devices it asked for' lowest
ok 'and their words' grep -qF '"{chip.preset: rram_hfox, seed: 4}",' \
  settings/sweep.csv
ok 'it can be resumed' "$simrun" -q --resume settings.yaml -o settings
mkdir -p elsewhere
resume_elsewhere() { (cd elsewhere && "$simrun" -q --resume ../settings.yaml -o ../settings); }
ok 'from another folder as well' resume_elsewhere

# --- other kinds ---

ok 'a run to draw from' "$simrun" -q tiny.yaml -o tiny
cat >draw.yaml <<END
experiment: sweep
name: draw
from: tiny
sweep:
  measure: generate
  collect: ["/quality/frechet[0]"]
  x: {key: generate.dt, values: [0.1, 0.2]}
  y: {key: from, values: [tiny, $scratch/tiny]}
END
ok 'a sweep of generate' "$simrun" -q draw.yaml -o draw
same_weights() {
  numbers draw /sweep/results/quality_frechet/mean | awk '{ v[NR] = $1 }
    END { exit !(NR == 4 && v[1] == v[2] && v[3] == v[4] && v[1] != v[3]) }'
}
ok 'from runs among the settings' same_weights
cat >wave.yaml <<END
experiment: sweep
name: wave
sweep:
  measure: transient
  base: tiny.yaml
  collect: ["/transients/0/free/voltage_1[-1,0]"]
  x: {key: settle.duration, values: [1 tau, 10 tau]}
END
ok 'a sweep of transient' "$simrun" -q wave.yaml -o wave
has_volts() {
  h5dump -a /sweep/results/transients_0_free_voltage_1/mean/units wave/run.h5 |
    grep -qF '"V"' &&
    [[ $(numbers wave /sweep/state | tr '\n' ' ') == '1 1 ' ]]
}
ok 'collects volts' has_volts
done_testing
