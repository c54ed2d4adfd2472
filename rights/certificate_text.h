#pragma once

#include "core/plaintext.h"
#include "core/result.h"
#include "core/text.h"

namespace assent {

// A certificate of erasure for people to read, print and sign. The JSON stays what it was: it is
// what the log's proof is about, the same whoever reads it, and this is made of it at each reading.
// kCorrupt: not a certificate of ours.
Result<Plaintext> certificate_text(const Plaintext& certificate, Language language);

}  // namespace assent
