#!/bin/bash
# tests/cli/presets.sh SIMRUN -- devices of a technology beneath an experiment
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump
write_experiment
sed -i 's/^chip: .*/chip: {preset: fefet_hzo, capacitance: matched}/' tiny.yaml

names=(capacitor_3t1c ecram_li epiram fefet_hzo ideal pcm rram_array_om
  rram_hfox rram_hfox_milo)
lists() { "$simrun" --describe presets | grep -q "^  $1 "; }
prints() {
  "$simrun" --describe "presets.$1" >printed.yaml &&
    cmp printed.yaml "$source_root/circuits/presets/$1.yaml"
}
for name in "${names[@]}"; do
  ok "$name is listed" lists "$name"
  ok "$name is printed as it is" prints "$name"
  ok "$name makes a chip" "$simrun" --check --set "chip.preset=$name" tiny.yaml
done

# fails_with MESSAGE ARGUMENT...
fails_with() {
  local want=$1 message status
  shift
  message=$("$simrun" "$@" 2>&1)
  status=$?
  echo "$message"
  [[ $status == 2 && $message == "simrun: $want" ]]
}
printf -v all '%s, ' "${names[@]}"
ok 'one that is not there is told' fails_with \
  "--describe presets.quartz: unknown preset, did you mean ${all%, }?" \
  --describe presets.quartz
ok 'and those with such a name' fails_with '--describe presets.rram: unknown '\
'preset, did you mean rram_array_om, rram_hfox, rram_hfox_milo?' \
  --describe presets.rram
ok 'a preset file that is not there' fails_with \
  '--set chip.preset: no.yaml: cannot be opened: No such file or directory' \
  --set chip.preset=no.yaml tiny.yaml
sed 's/fefet_hzo/hfo/' tiny.yaml >unknown.yaml
ok 'also in an experiment' fails_with "unknown.yaml:6: chip.preset: must be \
${all}or the path of a .yaml file, got hfo" unknown.yaml
sed 's/fefet_hzo/pcm, coupling: {g_max: 40 uS}/' tiny.yaml >far.yaml
ok 'a value beyond the source is refused' fails_with \
  'far.yaml:6: chip.coupling.g_max: must be within 1 uS to 25 uS, for which '\
'the preset pcm holds, got 40 uS' far.yaml
ok 'also one of --set' fails_with \
  '--set chip.temperature: must be within 290 K to 310 K, for which the preset '\
'fefet_hzo holds, got 400 K' --set 'chip.temperature=400 K' tiny.yaml

# The resolved experiment holds the values, and the preset for its ranges.
ok 'a run with a preset' "$simrun" -q -o once tiny.yaml
ok 'says so' grep -q '^  preset: fefet_hzo$' once/experiment.yaml
ok 'and whose devices they are' grep -q \
  '^  technology: "ferroelectric FET (HZO)"$' once/experiment.yaml
ok 'and runs again' "$simrun" -q -o again once/experiment.yaml
ok 'to the same' same once/run.h5 again/run.h5
ok 'it still refuses what the preset does' fails_with \
  '--set chip.temperature: must be within 290 K to 310 K, for which the preset '\
'fefet_hzo holds, got 400 K' --set 'chip.temperature=400 K' once/experiment.yaml
printf 'experiment: gradient\nname: a\nfrom: once\n' >audit.yaml
ok 'so does what takes its weights' fails_with \
  '--set chip.temperature: must be within 290 K to 310 K, for which the preset '\
'fefet_hzo holds, got 400 K' --set 'chip.temperature=400 K' audit.yaml
ok 'unless it has none' "$simrun" -n --set chip.preset=none \
  --set 'chip.temperature=400 K' audit.yaml
ok 'and is resumed' "$simrun" -q -o once --resume tiny.yaml

# A preset of one's own, beside the experiment, with a measured staircase.
mkdir own
{
  echo '# pulse, up, down [S]'
  for i in $(seq 0 40); do
    echo "$i $((100 + 10 * i))e-8 $((500 - 10 * i))e-8"
  done
} >own/measured.txt
cat >own/mine.yaml <<END
technology: mine
source: the bench
condition: room temperature
coupling:
  g_min: 1 uS
  g_max: 5 uS
  pair: balanced
  programming: open_loop
  master: controller
  pulse: {law: table, table: measured.txt}
valid: {coupling: {g_max: [2 uS, 5 uS]}}
END
sed 's/fefet_hzo/mine.yaml/' tiny.yaml >own/mine_run.yaml
ok 'a preset of one'"'"'s own' "$simrun" -q -o mine own/mine_run.yaml
ok 'with its place' grep -q '  preset: ../own/mine.yaml' mine/experiment.yaml
ok 'and its table' grep -q 'table: ../own/measured.txt' mine/experiment.yaml
ok 'runs again' "$simrun" -q -o mine2 mine/experiment.yaml
ok 'to the same' same mine/run.h5 mine2/run.h5
ok 'and refuses the same' fails_with \
  '--set chip.coupling.g_max: must be within 2 uS to 5 uS, for which the '\
'preset ../own/mine.yaml holds, got 6 uS' \
  --set 'chip.coupling.g_max=6 uS' mine2/experiment.yaml
ok 'its range counts' fails_with \
  '--set chip.coupling.g_max: must be within 2 uS to 5 uS, for which the '\
'preset mine.yaml holds, got 1.9 uS' \
  --set 'chip.coupling.g_max=1.9 uS' own/mine_run.yaml
sed '1i preset: pcm' own/mine.yaml >own/stacked.yaml
ok 'a preset stands on no other' fails_with \
  'own/stacked.yaml:1: preset: belongs into an experiment, not into a preset, '\
'got pcm' --set chip.preset=own/stacked.yaml own/mine_run.yaml
sed -i '/^source/d' own/mine.yaml
ok 'a preset needs a source' fails_with \
  'own/mine.yaml: source: is required in a preset and missing' \
  own/mine_run.yaml
sed -i 's/^condition/source: a\ncondition/; s/^valid.*/valid: {coupling: {gmax: [1, 2]}}/' own/mine.yaml
ok 'ranges are of keys' fails_with \
  'own/mine.yaml:11: valid.coupling.gmax: unknown key, did you mean "g_max"?' \
  own/mine_run.yaml
sed -i 's/^valid.*/valid: {coupling: {g_max: [2 V, 5 V]}}/' own/mine.yaml
ok 'and in their unit' fails_with \
  'own/mine.yaml:11: valid.coupling.g_max: must be the lowest and the highest '\
'value, [LOW, HIGH] in S, got [2 V, 5 V]' own/mine_run.yaml
sed -i 's/^valid.*/valid: {coupling: {levels: [2, 5]}}/' own/mine.yaml
ok 'and of numbers' fails_with 'own/mine.yaml:11: valid.coupling.levels: '\
'cannot have a range, it is not one number' own/mine_run.yaml
sed -i 's/^valid.*/valid: 5/' own/mine.yaml
ok 'and in sections' fails_with 'own/mine.yaml:11: valid: must be a section of '\
'keys with a range each, such as "coupling: {g_max: [1 uS, 10 uS]}"' \
  own/mine_run.yaml
sed -i 's/^valid.*/vlaid: {coupling: {g_max: [2 uS, 5 uS]}}/' own/mine.yaml
ok 'a mistyped one is told' fails_with 'own/mine.yaml:11: vlaid: unknown key of '\
'a preset, did you mean "valid"?' own/mine_run.yaml
sed -i 's/^vlaid/valid/' own/mine.yaml
sed -i 's/^coupling:/coupling:\n  g_mux: 1/' own/mine.yaml
ok 'a key that is none is told with its place' fails_with \
  'own/mine.yaml:5: chip.coupling.g_mux: unknown key, did you mean "g_max"?' \
  own/mine_run.yaml
done_testing
