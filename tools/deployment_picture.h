/* tools/deployment_picture.h -- deployment.png from /deployment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DEPLOYMENT_PICTURE_H
#define TOOL_DEPLOYMENT_PICTURE_H

#include "sim/error.h"

/* Loss and Frechet distance of the stages, every chip a point. Without
 * gnuplot, or without a deployment, there is no picture and that is no
 * failure. */
enum sim_status tool_deployment_picture(const char *folder,
                                        struct sim_error *err);

#endif
