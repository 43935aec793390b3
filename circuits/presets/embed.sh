#!/bin/sh
# circuits/presets/embed.sh FILE... -- the presets as a C source on stdout
#
# SPDX-License-Identifier: GPL-3.0-or-later
echo '#include "circuits/preset.h"'
echo 'const struct circuit_preset circuit_presets[] = {'
for file; do
  name=$(basename "$file" .yaml)
  printf '{"%s",\n' "$name"
  sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$/\\n"/' "$file"
  echo '},'
done
echo '{0, 0}};'
