/* sim/lapack.h -- the routines of LAPACK that are used, as OpenBLAS has them
 *
 * Matrices are column-major: a row-major one is its transpose here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_LAPACK_H
#define SIM_LAPACK_H

/* Eigenvalues w, ascending, and vectors (into a) of a symmetric matrix. */
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a,
             const int *lda, double *w, double *work, const int *lwork,
             int *iwork, const int *liwork, int *info);

/* Real Schur form: a = vs t vs^T, t quasi-triangular (into a). */
void dgees_(const char *jobvs, const char *sort,
            int (*select)(const double *, const double *), const int *n,
            double *a, const int *lda, int *sdim, double *wr, double *wi,
            double *vs, const int *ldvs, double *work, const int *lwork,
            int *bwork, int *info);

/* op(a) x + isgn x op(b) = scale c for quasi-triangular a, b; x into c. */
void dtrsyl_(const char *trana, const char *tranb, const int *isgn,
             const int *m, const int *n, const double *a, const int *lda,
             const double *b, const int *ldb, double *c, const int *ldc,
             double *scale, int *info);

#endif
