// Our catalogue is UTF-8 and so is what is printed: nothing is ever converted. Boost.Locale asks
// for these two all the same, and its own would bring ICU with 30 MB of tables into the static
// program.
#include <boost/locale/encoding.hpp>
#include <stdexcept>

namespace boost::locale::conv {

template <>
std::wstring to_utf<wchar_t>(const char*, const char*, const std::string&, method_type) {
  throw std::logic_error("the program converts no text");
}

std::string between(const char*, const char*, const std::string&, const std::string&, method_type) {
  throw std::logic_error("the program converts no text");
}

}  // namespace boost::locale::conv
