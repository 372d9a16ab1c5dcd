#ifndef ALCOVE_EVAL_H
#define ALCOVE_EVAL_H

#include "view_linux.h"

void alcove_view_eval(AlcoveView *v, uintptr_t answer, const char *body);
void alcove_view_script(AlcoveView *v, const char *source);

#endif
