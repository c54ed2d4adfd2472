#define ASSENT_JSON_INSTANCE
#include "core/nlohmann.h"
