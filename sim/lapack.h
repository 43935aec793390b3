/* sim/lapack.h -- the routines of LAPACK that are used
 *
 * Matrices are column-major: a row-major one is its transpose here. Fortran
 * wants the length of each text (1) after all other arguments.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_LAPACK_H
#define SIM_LAPACK_H

#include <complex.h>
#include <stddef.h>

/* L U factors with row exchanges, into a, and x = op(a)^-1 x by them; the
 * inverse of a complex matrix by them, into a. */
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivots,
             int *info);
void dgetrs_(const char *trans, const int *n, const int *n_right,
             const double *a, const int *lda, const int *pivots, double *x,
             const int *ldx, int *info, size_t trans_size);

void zgetrf_(const int *m, const int *n, double complex *a, const int *lda,
             int *pivots, int *info);
void zgetri_(const int *n, double complex *a, const int *lda, const int *pivots,
             double complex *work, const int *lwork, int *info);

/* Cholesky factor of a symmetric positive definite matrix, into its triangle
 * uplo, and the inverse by it, into the same. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda,
             int *info, size_t uplo_size);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda,
             int *info, size_t uplo_size);

/* Eigenvalues w, ascending, and vectors (into a) of a symmetric matrix. */
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a,
             const int *lda, double *w, double *work, const int *lwork,
             int *iwork, const int *liwork, int *info, size_t jobz_size,
             size_t uplo_size);

/* The same of a symmetric tridiagonal matrix by bisection and inverse
 * iteration, for range "I" the first to the last, from 1; d and e are
 * overwritten. */
void dstevx_(const char *jobz, const char *range, const int *n, double *d,
             double *e, const double *low, const double *high, const int *first,
             const int *last, const double *tolerance, int *n_found, double *w,
             double *z, const int *ldz, double *work, int *iwork, int *failed,
             int *info, size_t jobz_size, size_t range_size);

/* Eigenvalues wr + i wi and right vectors vr of any matrix; complex ones come
 * in pairs, column j of vr being the real and j + 1 the imaginary part. a is
 * overwritten; vl is not looked at for jobvl "N". */
void dgeev_(const char *jobvl, const char *jobvr, const int *n, double *a,
            const int *lda, double *wr, double *wi, double *vl, const int *ldvl,
            double *vr, const int *ldvr, double *work, const int *lwork,
            int *info, size_t jobvl_size, size_t jobvr_size);

/* Real Schur form: a = vs t vs^T, t quasi-triangular (into a). */
void dgees_(const char *jobvs, const char *sort,
            int (*select)(const double *, const double *), const int *n,
            double *a, const int *lda, int *sdim, double *wr, double *wi,
            double *vs, const int *ldvs, double *work, const int *lwork,
            int *bwork, int *info, size_t jobvs_size, size_t sort_size);

/* op(a) x + isgn x op(b) = scale c for quasi-triangular a, b; x into c. */
void dtrsyl_(const char *trana, const char *tranb, const int *isgn,
             const int *m, const int *n, const double *a, const int *lda,
             const double *b, const int *ldb, double *c, const int *ldc,
             double *scale, int *info, size_t trana_size, size_t tranb_size);

#endif
