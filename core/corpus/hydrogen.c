#include "core/corpus/hydrogen.h"

#include <errno.h>
#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

enum { MAX_LAYERS = 1024, BLOCK = 16384 };

typedef struct {
  SgHydrogenKit *kit;
  bool in_instrument;
  char instrument[128];
  char text[256]; /* character data of the innermost element */
  size_t n_text;
} Reader;

static void XMLCALL
start_element(void *user, const XML_Char *name, const XML_Char **attributes)
{
  Reader *reader = user;
  reader->n_text = 0;
  if (strcmp(name, "instrument") == 0) {
    reader->in_instrument = true;
    reader->instrument[0] = '\0';
  }
}

static void XMLCALL
add_text(void *user, const XML_Char *text, int length)
{
  Reader *reader = user;
  size_t room = sizeof reader->text - 1 - reader->n_text;
  size_t n = (size_t)length < room ? (size_t)length : room;
  memcpy(reader->text + reader->n_text, text, n);
  reader->n_text += n;
}

static void XMLCALL
end_element(void *user, const XML_Char *name)
{
  Reader *reader = user;
  reader->text[reader->n_text] = '\0';
  if (strcmp(name, "instrument") == 0)
    reader->in_instrument = false;
  if (reader->in_instrument && strcmp(name, "name") == 0)
    snprintf(reader->instrument, sizeof reader->instrument, "%.127s", reader->text);
  /* Old kits name the sample in the instrument itself, newer ones in its layers. */
  if (reader->in_instrument && strcmp(name, "filename") == 0 && reader->n_text > 0 &&
      reader->kit->n_layers < MAX_LAYERS) {
    SgHydrogenLayer *layer = &reader->kit->layers[reader->kit->n_layers++];
    memcpy(layer->instrument, reader->instrument, sizeof layer->instrument);
    memcpy(layer->file, reader->text, reader->n_text + 1);
  }
  reader->n_text = 0;
}

static bool
parse(FILE *file, XML_Parser parser)
{
  char block[BLOCK];
  size_t n = BLOCK;
  while (n == BLOCK) {
    n = fread(block, 1, BLOCK, file);
    if (ferror(file) || XML_Parse(parser, block, (int)n, n < BLOCK) != XML_STATUS_OK)
      return false;
  }
  return true;
}

SgStatus
sg_hydrogen_read(const char *folder, SgHydrogenKit **out_kit, SgError *error)
{
  char path[SG_ERROR_PATH_SIZE];
  *out_kit = NULL;
  snprintf(path, sizeof path, "%s/drumkit.xml", folder);
  FILE *file = fopen(path, "rbe");
  if (file == NULL)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  SgStatus status = SG_OK;
  XML_Parser parser = XML_ParserCreate(NULL);
  Reader reader = { .kit = SG_NEW(SgHydrogenKit, 1) };
  if (reader.kit != NULL)
    reader.kit->layers = SG_NEW(SgHydrogenLayer, MAX_LAYERS);
  if (parser == NULL || reader.kit == NULL || reader.kit->layers == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, path, NULL);
    goto out;
  }
  XML_SetUserData(parser, &reader);
  XML_SetElementHandler(parser, start_element, end_element);
  XML_SetCharacterDataHandler(parser, add_text);
  if (!parse(file, parser))
    status = sg_error_set(error, SG_NOT_AUDIO, path, XML_ErrorString(XML_GetErrorCode(parser)));
out:
  if (parser != NULL)
    XML_ParserFree(parser);
  fclose(file);
  if (status != SG_OK) {
    sg_hydrogen_free(reader.kit);
    return status;
  }
  *out_kit = reader.kit;
  return SG_OK;
}

void
sg_hydrogen_free(SgHydrogenKit *kit)
{
  if (kit == NULL)
    return;
  sg_free(kit->layers);
  sg_free(kit);
}
