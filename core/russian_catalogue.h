#pragma once

#include <span>

namespace assent {

// The bytes of locales/ru.po as msgfmt compiled it; the build writes the source
// (cmake/Texts.cmake).
std::span<const char> russian_catalogue();

}  // namespace assent
