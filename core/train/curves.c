#include "core/train/curves.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/memory.h"

/* A line: a name or a number a column, and what stands between them. */
enum { LINE_SIZE = (SG_CURVES_MAX_COLUMNS + 2) * (SG_CURVES_NAME_SIZE + 2) };

struct SgCurves {
  size_t n_columns;
  char names[SG_CURVES_MAX_COLUMNS][SG_CURVES_NAME_SIZE];
  char header[LINE_SIZE]; /* with the line break */
  char csv_path[PATH_MAX], json_path[PATH_MAX];
  int csv, json;
};

/* Numbers are written with a point whatever the program's locale says. */
static locale_t
numeric_locale(void)
{
  return newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
}

/* The whole file, 0 behind its last byte; free with sg_free. */
static SgStatus
load_text(int fd, const char *path, char **out_text, size_t *out_n, SgError *error)
{
  struct stat file;
  *out_text = NULL;
  if (fstat(fd, &file) != 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  size_t n = (size_t)file.st_size, done = 0;
  char *text = sg_alloc(n + 1, 1);
  if (text == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  while (done < n) {
    ssize_t got = pread(fd, text + done, n - done, (off_t)done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      sg_free(text);
      return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
    }
    if (got == 0)
      break;
    done += (size_t)got;
  }
  text[done] = '\0';
  *out_text = text;
  *out_n = done;
  return SG_OK;
}

/* The line's step, or −1 when it does not begin with one. */
static int64_t
step_of(const char *line, const char *before)
{
  size_t n = strlen(before);
  if (strncmp(line, before, n) != 0 || line[n] < '0' || line[n] > '9')
    return -1;
  char *end;
  long long step = strtoll(line + n, &end, 10);
  return *end == ',' ? step : -1;
}

/* Bytes of `text` to keep: its whole lines up to the first of a step ≥ resume_step. `before` stands before a
 * step. −1 when a line has no step; *out_line is its number then. */
static int64_t
kept_length(const char *text, size_t n, size_t from, const char *before, int64_t resume_step,
            int64_t *out_line)
{
  size_t at = from;
  *out_line = from > 0 ? 2 : 1;
  for (const char *end; (end = memchr(text + at, '\n', n - at)) != NULL; (*out_line)++) {
    int64_t step = step_of(text + at, before);
    if (step < 0)
      return -1;
    if (step >= resume_step)
      break;
    at = (size_t)(end - text) + 1;
  }
  return (int64_t)at;
}

static SgStatus
append_text(int fd, const char *path, const char *text, size_t n, SgError *error)
{
  struct stat before;
  if (fstat(fd, &before) != 0)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, path);
  ssize_t done;
  do
    done = write(fd, text, n);
  while (done < 0 && errno == EINTR);
  if (done == (ssize_t)n)
    return SG_OK;
  int reason = done < 0 ? errno : ENOSPC;
  if (done > 0 && ftruncate(fd, before.st_size) != 0)
    reason = errno;
  return sg_error_set_errno(error, reason, SG_WRITE_FAILED, path);
}

/* Opens a file and removes what is not to stay. `header` (may be "") must be its first line. */
static SgStatus
open_repaired(const char *path, const char *header, const char *before, int64_t resume_step, int *out_fd,
              SgError *error)
{
  *out_fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (*out_fd < 0)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, path);
  char *text;
  size_t n, n_header = strlen(header);
  SgStatus status = load_text(*out_fd, path, &text, &n, error);
  if (status != SG_OK)
    return status;
  /* A file cut within its first line holds no row yet. */
  bool cut = n < n_header && strncmp(text, header, n) == 0;
  int64_t kept = 0, line = 1;
  if (!cut) {
    kept = strncmp(text, header, n_header) == 0 ? kept_length(text, n, n_header, before, resume_step, &line)
                                                : -1;
    if (kept < 0) {
      char *line_break = strchr(text, '\n');
      if (line_break != NULL)
        *line_break = '\0';
      status = sg_error_set(error, SG_BAD_ARGUMENT, path, line == 1 ? text : "step");
      if (error != NULL)
        error->position = line;
    }
  }
  sg_free(text);
  if (status == SG_OK && (size_t)kept < n && ftruncate(*out_fd, kept) != 0)
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, path);
  if (status == SG_OK && kept == 0 && n_header > 0)
    status = append_text(*out_fd, path, header, n_header, error);
  return status;
}

static SgStatus
take_columns(SgCurves *curves, const char *const *columns, size_t n_columns, SgError *error)
{
  if (n_columns > SG_CURVES_MAX_COLUMNS)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "columns");
  size_t n = (size_t)snprintf(curves->header, sizeof curves->header, "step,seconds");
  for (size_t i = 0; i < n_columns; i++) {
    if (columns[i][0] == '\0' || strlen(columns[i]) >= SG_CURVES_NAME_SIZE || strpbrk(columns[i], ",\"\n\r"))
      return sg_error_set(error, SG_BAD_ARGUMENT, NULL, columns[i]);
    snprintf(curves->names[i], sizeof curves->names[i], "%s", columns[i]);
    n += (size_t)snprintf(curves->header + n, sizeof curves->header - n, ",%s", columns[i]);
  }
  snprintf(curves->header + n, sizeof curves->header - n, "\n");
  curves->n_columns = n_columns;
  return SG_OK;
}

SgStatus
sg_curves_open(const char *stem_path, const char *const *columns, size_t n_columns, int64_t resume_step,
               SgCurves **out_curves, SgError *error)
{
  *out_curves = NULL;
  SgCurves *curves = SG_NEW(SgCurves, 1);
  if (curves == NULL)
    return sg_error_set(error, SG_NO_MEMORY, stem_path, NULL);
  curves->csv = curves->json = -1;
  SgStatus status = take_columns(curves, columns, n_columns, error);
  if (status == SG_OK && strlen(stem_path) + sizeof ".jsonl" > PATH_MAX)
    status = sg_error_set_errno(error, ENAMETOOLONG, SG_WRITE_FAILED, stem_path);
  if (status == SG_OK) {
    snprintf(curves->csv_path, sizeof curves->csv_path, "%s.csv", stem_path);
    snprintf(curves->json_path, sizeof curves->json_path, "%s.jsonl", stem_path);
    status = open_repaired(curves->csv_path, curves->header, "", resume_step, &curves->csv, error);
  }
  if (status == SG_OK)
    status = open_repaired(curves->json_path, "", "{\"step\":", resume_step, &curves->json, error);
  if (status != SG_OK) {
    sg_curves_free(curves);
    return status;
  }
  *out_curves = curves;
  return SG_OK;
}

void
sg_curves_free(SgCurves *curves)
{
  if (curves == NULL)
    return;
  if (curves->csv >= 0)
    close(curves->csv);
  if (curves->json >= 0)
    close(curves->json);
  sg_free(curves);
}

static size_t
print_row(const SgCurves *curves, int64_t step, double seconds, const double *values, char out[LINE_SIZE])
{
  locale_t numeric = numeric_locale();
  locale_t kept = numeric != (locale_t)0 ? uselocale(numeric) : (locale_t)0;
  size_t n = (size_t)snprintf(out, LINE_SIZE, "%lld,%.9g", (long long)step, seconds);
  for (size_t i = 0; i < curves->n_columns; i++)
    if (isnan(values[i]))
      n += (size_t)snprintf(out + n, LINE_SIZE - n, ",");
    else
      n += (size_t)snprintf(out + n, LINE_SIZE - n, ",%.9g", values[i]);
  n += (size_t)snprintf(out + n, LINE_SIZE - n, "\n");
  if (numeric != (locale_t)0) {
    uselocale(kept);
    freelocale(numeric);
  }
  return n;
}

SgStatus
sg_curves_append(SgCurves *curves, int64_t step, double seconds, const double *values, SgError *error)
{
  char line[LINE_SIZE];
  size_t n = print_row(curves, step, seconds, values, line);
  SgStatus status = append_text(curves->csv, curves->csv_path, line, n, error);
  if (status != SG_OK)
    return status;
  SgJson *object = sg_json_object_new();
  sg_json_set_integer(object, "step", step);
  sg_json_set_number(object, "seconds", seconds);
  for (size_t i = 0; i < curves->n_columns; i++)
    sg_json_set_number(object, curves->names[i], values[i]);
  char *text = sg_json_dup_text(object, false);
  sg_json_free(object);
  n = text != NULL ? strlen(text) : 0;
  if (text == NULL)
    return sg_error_set(error, SG_NO_MEMORY, curves->json_path, NULL);
  text[n] = '\n'; /* in place of the 0, which is not written */
  status = append_text(curves->json, curves->json_path, text, n + 1, error);
  free(text);
  return status;
}

void
sg_curve_table_free(SgCurveTable *table)
{
  if (table == NULL)
    return;
  sg_free(table->names);
  sg_free(table->values);
  sg_free(table);
}

static size_t
count_char(const char *text, size_t n, char wanted)
{
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    count += text[i] == wanted;
  return count;
}

/* The next field of the line at *at, which it moves behind the comma; false when there is none left. */
static bool
next_field(char **at, char **out_field)
{
  if (*at == NULL)
    return false;
  *out_field = *at;
  char *comma = strchr(*at, ',');
  if (comma != NULL)
    *comma++ = '\0';
  *at = comma;
  return true;
}

/* Fills a row from a line; false when it has not n_columns numbers. */
static bool
parse_row(char *line, size_t n_columns, locale_t numeric, double *out_row)
{
  char *field, *end;
  size_t n = 0;
  for (; n < n_columns && next_field(&line, &field); n++) {
    out_row[n] = *field == '\0' ? NAN : strtod_l(field, &end, numeric);
    if (*field != '\0' && *end != '\0')
      return false;
  }
  return n == n_columns && line == NULL;
}

static SgStatus
parse_table(char *text, size_t n, const char *path, SgCurveTable *table, SgError *error)
{
  int64_t line_number = 1;
  char *end = memchr(text, '\n', n), *line = text, *field;
  locale_t numeric = (locale_t)0;
  if (end == NULL || strncmp(text, "step,seconds", strlen("step,seconds")) != 0)
    goto bad;
  *end = '\0';
  table->n_columns = count_char(text, (size_t)(end - text), ',') + 1;
  size_t n_rows = count_char(end, n - (size_t)(end - text), '\n');
  table->names = sg_alloc(table->n_columns, sizeof *table->names);
  table->values = n_rows <= SIZE_MAX / table->n_columns ? SG_NEW(double, n_rows * table->n_columns) : NULL;
  numeric = numeric_locale();
  if (table->names == NULL || table->values == NULL || numeric == (locale_t)0)
    goto no_memory;
  for (size_t i = 0; next_field(&line, &field); i++)
    snprintf(table->names[i], sizeof table->names[i], "%s", field);
  for (line = end + 1; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    line_number++;
    *end = '\0';
    if (!parse_row(line, table->n_columns, numeric, table->values + table->n_rows * table->n_columns))
      goto bad;
    table->n_rows++;
  }
  freelocale(numeric);
  return SG_OK;
bad:
  if (numeric != (locale_t)0)
    freelocale(numeric);
  sg_error_set(error, SG_BAD_FORMAT, path, "CSV");
  if (error != NULL)
    error->position = line_number;
  return SG_BAD_FORMAT;
no_memory:
  if (numeric != (locale_t)0)
    freelocale(numeric);
  return sg_error_set(error, SG_NO_MEMORY, path, NULL);
}

SgStatus
sg_curve_table_read(const char *path, SgCurveTable **out_table, SgError *error)
{
  *out_table = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  char *text;
  size_t n;
  SgStatus status = load_text(fd, path, &text, &n, error);
  close(fd);
  if (status != SG_OK)
    return status;
  SgCurveTable *table = SG_NEW(SgCurveTable, 1);
  status = table != NULL ? parse_table(text, n, path, table, error)
                         : sg_error_set(error, SG_NO_MEMORY, path, NULL);
  sg_free(text);
  if (status != SG_OK) {
    sg_curve_table_free(table);
    return status;
  }
  *out_table = table;
  return SG_OK;
}
