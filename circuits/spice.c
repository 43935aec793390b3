/* circuits/spice.c -- devices of a chip as portable SPICE text
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/spice.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMN 78u

const char *circuit_spice_number(double value,
                                 char text[CIRCUIT_SPICE_NUMBER]) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, CIRCUIT_SPICE_NUMBER, "%.*g", digits, value);
    if (strtod(text, NULL) == value) {
      break;
    }
  }
  return text;
}

void circuit_spice_word(struct circuit_spice_card *card, const char *format,
                        ...) {
  char word[512];
  va_list args;
  va_start(args, format);
  vsnprintf(word, sizeof word, format, args);
  va_end(args);
  const size_t length = strlen(word);
  if (card->column > 0 && card->column + 1 + length > MAX_COLUMN) {
    fputs("\n+", card->file);
    card->column = 1;
  }
  fprintf(card->file, card->column > 0 ? " %s" : "%s", word);
  card->column += length + (card->column > 0);
}

void circuit_spice_pair(struct circuit_spice_card *card, const char *name,
                        double value) {
  char text[CIRCUIT_SPICE_NUMBER];
  circuit_spice_word(card, "%s=%s", name, circuit_spice_number(value, text));
}

void circuit_spice_end(struct circuit_spice_card *card) {
  fputc('\n', card->file);
  card->column = 0;
}

/* --- transfer curves --- */

struct formula {
  const char *name;
  const char *value, *slope;  // .func cards
};

static const struct formula formulas[] = {
    {"silu",
     ".func sigma(z) {1/(1+exp(-z))}\n"
     ".func limited(z) {tanh(z*sigma(z)/10)}\n"
     ".func activation(z) {10*limited(z)}\n",
     ".func activation_slope(z)\n"
     "+ {(1-limited(z)*limited(z))*sigma(z)*(1+z*(1-sigma(z)))}\n"},
    {"tanh", ".func activation(z) {tanh(z)}\n",
     ".func activation_slope(z) {1-tanh(z)*tanh(z)}\n"},
    {"sigmoid", ".func activation(z) {1/(1+exp(-z))}\n",
     ".func activation_slope(z) {activation(z)*(1-activation(z))}\n"},
    {"softplus", ".func activation(z) {max(z,0)+ln(1+exp(-abs(z)))}\n",
     ".func activation_slope(z) {1/(1+exp(-z))}\n"},
    {"hard_sigmoid", ".func activation(z) {min(max(z,0),1)}\n",
     ".func activation_slope(z) {(sgn(z)-sgn(z-1))/2}\n"},
    {"identity", ".func activation(z) {z}\n",
     ".func activation_slope(z) {1}\n"},
};

static const char table_cards[] =
    ".func way(z,z0,h) {min(max(z-(z0),0),h)}\n"
    ".func gained(q,b,c,d) {q*((b)+q*((c)+q*(d)))}\n"
    ".func gained_slope(q,c,d) {q*(2*(c)+q*3*(d))}\n"
    ".func piece(z,z0,h,b,c,d) {gained(way(z,z0,h),b,c,d)}\n"
    ".func piece_slope(z,z0,h,b,c,d) {gained_slope(way(z,z0,h),c,d)}\n";

/* One piece of the cubic, from knot `k` to the next: what r gains in it is
 * q (b + q (c + q d)), with q the way into it, at most its length. */
struct piece {
  double start, length;  // [1]
  double b, c, d;
};

static double slope_at(const struct circuit_transfer *curve, double v) {
  double r, slope;
  curve->ops->slope(curve, 1, &v, &r, &slope);
  return slope;
}

static struct piece piece_at(const struct circuit_transfer *curve,
                             const double *v, const double *r, size_t k) {
  const double h = v[k + 1] - v[k];
  const double secant = (r[k + 1] - r[k]) / h;
  const double first = slope_at(curve, v[k]), last = slope_at(curve, v[k + 1]);
  return (struct piece){
      .start = v[k],
      .length = h,
      .b = first,
      .c = (3 * secant - 2 * first - last) / h,
      .d = (first + last - 2 * secant) / (h * h),
  };
}

static void write_piece(struct circuit_spice_card *card, const char *function,
                        const struct piece *p) {
  char text[5][CIRCUIT_SPICE_NUMBER];
  circuit_spice_word(card, "+%s(z,%s,%s,", function,
                     circuit_spice_number(p->start, text[0]),
                     circuit_spice_number(p->length, text[1]));
  circuit_spice_word(card, "%s,%s,%s)", circuit_spice_number(p->b, text[2]),
                     circuit_spice_number(p->c, text[3]),
                     circuit_spice_number(p->d, text[4]));
}

/* All pieces; `curve` has n points (v, r). */
static void write_pieces(struct circuit_spice_card *card, const char *function,
                         const struct circuit_transfer *curve, size_t n,
                         const double *v, const double *r) {
  for (size_t k = 0; k + 1 < n; k++) {
    const struct piece p = piece_at(curve, v, r, k);
    write_piece(card, function, &p);
  }
}

/* The measured curve: Steffen's cubic between its points, straight lines
 * beyond. The pieces add up, so no branch is needed and nothing cancels. */
static void write_table(FILE *file, const struct circuit_transfer *curve) {
  const double *v, *r;
  const size_t n = circuit_transfer_table_points(curve, &v, &r);
  struct circuit_spice_card card = {file, 0};
  char start[CIRCUIT_SPICE_NUMBER], first[CIRCUIT_SPICE_NUMBER];
  char end[CIRCUIT_SPICE_NUMBER], last[CIRCUIT_SPICE_NUMBER];
  char origin[CIRCUIT_SPICE_NUMBER];
  circuit_spice_number(r[0], origin);
  circuit_spice_number(v[0], start);
  circuit_spice_number(v[n - 1], end);
  circuit_spice_number(slope_at(curve, v[0]), first);
  circuit_spice_number(slope_at(curve, v[n - 1]), last);
  fputs(table_cards, file);
  circuit_spice_word(&card, ".func activation(z) {%s+(%s)*min(z-(%s),0)",
                     origin, first, start);
  write_pieces(&card, "piece", curve, n, v, r);
  circuit_spice_word(&card, "+(%s)*max(z-(%s),0)}", last, end);
  circuit_spice_end(&card);
  circuit_spice_word(&card, ".func activation_slope(z) {%s", first);
  write_pieces(&card, "piece_slope", curve, n, v, r);
  circuit_spice_word(&card, "}");
  circuit_spice_end(&card);
}

/* The formula of a curve; NULL: it has none. */
static const struct formula *formula_of(const struct circuit_transfer *curve) {
  for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++) {
    if (strcmp(formulas[i].name, curve->ops->name) == 0) {
      return &formulas[i];
    }
  }
  return NULL;
}

static bool is_table(const struct circuit_transfer *curve) {
  return curve->ops == &circuit_transfer_table;
}

enum sim_status circuit_spice_check_curve(const struct circuit_transfer *curve,
                                          struct sim_error *err) {
  return is_table(curve) || formula_of(curve)
             ? SIM_OK
             : sim_error_set(err, SIM_ECONFIG,
                             "the transfer curve %s cannot be written as SPICE "
                             "text",
                             curve->ops->name);
}

void circuit_spice_curve(FILE *file, const struct circuit_transfer *curve) {
  fputs("* transfer curve of an amplifier and its slope, in voltage_unit\n",
        file);
  if (is_table(curve)) {
    write_table(file, curve);
    return;
  }
  const struct formula *formula = formula_of(curve);
  assert(formula);
  fputs(formula->value, file);
  fputs(formula->slope, file);
}

/* --- nodes --- */

/* A resistor and, where it is heard, its temperature. */
static void write_resistor(FILE *file, const struct circuit_spice_kind *kind,
                           const char *card) {
  fprintf(file, "%s%s\n", card, kind->has_noise ? " temp={celsius}" : "");
}

/* The couplings' devices at this node, whose noise enters at `input`. */
static void write_noise(FILE *file, const struct circuit_spice_kind *kind,
                        char input) {
  fputs(
      "* thermal noise of the couplings' devices at this node\n"
      "Vnoise q 0 0\n",
      file);
  write_resistor(file, kind, "Rnoise q 0 {1/g_noise}");
  fprintf(file, "Fnoise 0 %c Vnoise 1\n", input);
}

/* Spring and nudge, one conductance to one source. */
static void write_drive(FILE *file, const struct circuit_spice_kind *kind) {
  fprintf(file,
          "* spring and nudge: one conductance to one source\n"
          ".param g_spring={spring*spring_factor}\n"
          ".param g_nudge={%s}\n"
          ".param share={g_nudge/(g_spring+g_nudge)}\n"
          "Vdrive d 0 {voltage_unit*(x_t+share*u/(scale*spring))"
          "+share*nudge_offset}\n",
          kind->is_linear ? "0" : "strength*stiffness*nudge_factor");
  write_resistor(file, kind,
                 "Rdrive d v {1/((g_spring+g_nudge)*conductance_unit)}");
  if (kind->is_linear) {
    fprintf(file,
            "Inudge 0 v {push*nudge_factor*(u-velocity"
            "+scale*spring*nudge_offset/voltage_unit)}\n");
  }
}

static void write_visible(FILE *file, const struct circuit_spice_kind *kind) {
  fprintf(file,
          "\n.subckt visible v%s params: c=1p g_leak=1u bias=0 g_noise=1u\n"
          "+ x_t=0 u=0 velocity=0 start=0 gain=1 offset=0\n"
          "+ spring_factor=1 nudge_factor=1 nudge_offset=0\n"
          "C1 v 0 {c} ic={start}\n"
          "Ibias 0 v {bias}\n",
          kind->has_amplifiers ? " r" : "");
  write_resistor(file, kind, "Rleak v 0 {1/g_leak}");
  write_drive(file, kind);
  if (kind->has_amplifiers) {
    fprintf(file, "Bout r 0 V={gain*(V(v)-offset)}\n");
  }
  if (kind->has_noise) {
    write_noise(file, kind, 'v');
  }
  fprintf(file, ".ends visible\n");
}

static void write_neuron(FILE *file, const struct circuit_spice_kind *kind) {
  const char *z =
      kind->has_amplifiers ? "(V(v)-offset)/voltage_unit" : "V(v)/voltage_unit";
  fprintf(file,
          "\n.subckt neuron v s r params: c=1p g_leak=1u bias=0 g_noise=1u\n"
          "+ start=0 gain=1 input_gain=1 offset=0\n"
          "C1 v 0 {c} ic={start}\n");
  write_resistor(file, kind, "Rleak v 0 {1/g_leak}");
  fprintf(file,
          "Ibias 0 s {bias}\n"
          "* V(s) is the summed input current over conductance_unit\n"
          "Gsum s 0 s 0 {conductance_unit}\n");
  if (kind->is_hopfield) {
    fprintf(file, "Gin 0 v s 0 {conductance_unit}\n");
  } else {
    fprintf(file,
            "Bgain 0 v I={conductance_unit*V(s)*%sactivation_slope(%s)}\n",
            kind->has_amplifiers ? "input_gain*" : "", z);
  }
  fprintf(file, "Bout r 0 V={voltage_unit*%sactivation(%s)}\n",
          kind->has_amplifiers ? "gain*" : "", z);
  if (kind->has_noise) {
    write_noise(file, kind, 's');
  }
  fprintf(file, ".ends neuron\n");
}

void circuit_spice_nodes(FILE *file, const struct circuit_spice_kind *kind) {
  write_visible(file, kind);
  write_neuron(file, kind);
}

/* --- arrays --- */

static void write_pins(struct circuit_spice_card *card, char letter, size_t n) {
  for (size_t i = 0; i < n; i++) {
    circuit_spice_word(card, "%c%zu", letter, i);
  }
}

void circuit_spice_array(FILE *file, size_t number, size_t n_out, size_t n_in,
                         double unit, const double *up, const double *down) {
  struct circuit_spice_card card = {file, 0};
  char text[CIRCUIT_SPICE_NUMBER];
  fprintf(file,
          "\n* pairs G+ - G- between the layers %zu and %zu: U up, D down\n",
          number, number + 1);
  circuit_spice_word(&card, ".subckt array_%zu", number);
  write_pins(&card, 'a', n_in);
  write_pins(&card, 'i', n_in);
  write_pins(&card, 'b', n_out);
  write_pins(&card, 'k', n_out);
  circuit_spice_end(&card);
  for (size_t k = 0; k < n_out; k++) {
    for (size_t j = 0; j < n_in; j++) {
      const size_t e = k * n_in + j;
      fprintf(file, "GU%zu_%zu 0 k%zu a%zu 0 %s\n", k, j, k, j,
              circuit_spice_number(unit * up[e], text));
      fprintf(file, "GD%zu_%zu 0 i%zu b%zu 0 %s\n", k, j, j, k,
              circuit_spice_number(unit * down[e], text));
    }
  }
  fprintf(file, ".ends array_%zu\n", number);
}
