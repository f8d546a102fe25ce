/* routes_upload.h — the rows of the route table that upload.h serves. */
#ifndef ZOE_ROUTES_UPLOAD_H
#define ZOE_ROUTES_UPLOAD_H

#include "server/api/upload.h"

/* A multipart body is as large as the site's limit for files allows; `before` knows it. An init
 * request carries fields and a picture. */
#define UPLOAD_BODY_LIMIT (INT64_C(1) << 50)
#define UPLOAD_INIT_LIMIT (INT64_C(10) << 20)

/* clang-format off */
#define ROUTES_UPLOAD                                                                         \
    {HTTP_POST,   "/api/v1/videos/upload", AUTH_LOGIN, BODY_MULTIPART, UPLOAD_BODY_LIMIT,     \
     h_upload_multipart, before_upload_multipart, false},                                     \
    {HTTP_POST,   "/api/v1/videos/upload-resumable", AUTH_LOGIN, BODY_MULTIPART,              \
     UPLOAD_INIT_LIMIT, h_upload_init, before_upload_init, false},                            \
    {HTTP_PUT,    "/api/v1/videos/upload-resumable", AUTH_LOGIN, BODY_SINK, 0,                \
     h_upload_chunk, before_upload_chunk, false},                                             \
    {HTTP_DELETE, "/api/v1/videos/upload-resumable", AUTH_LOGIN, BODY_NONE, 0,                \
     h_upload_cancel, NULL, false},
/* clang-format on */

#endif
