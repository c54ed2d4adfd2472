#include "names.h"

#include <array>

namespace assent::sample {
namespace {

constexpr std::array kRussianFemale = std::to_array<Spelling>({{"Анна", "Anna"},
                                                               {"Нина", "Nina"},
                                                               {"Ирина", "Irina"},
                                                               {"Ольга", "Olga"},
                                                               {"Светлана", "Svetlana"},
                                                               {"Наталья", "Natalya"},
                                                               {"Юлия", "Yuliya"},
                                                               {"Екатерина", "Ekaterina"},
                                                               {"Людмила", "Lyudmila"},
                                                               {"Галина", "Galina"},
                                                               {"Елена", "Elena"},
                                                               {"Алёна", "Alena"}});
constexpr std::array kRussianMale = std::to_array<Spelling>({{"Виктор", "Viktor"},
                                                             {"Денис", "Denis"},
                                                             {"Павел", "Pavel"},
                                                             {"Дмитрий", "Dmitriy"},
                                                             {"Сергей", "Sergey"},
                                                             {"Михаил", "Mikhail"},
                                                             {"Григорий", "Grigoriy"},
                                                             {"Пётр", "Petr"},
                                                             {"Артём", "Artem"},
                                                             {"Эдуард", "Eduard"}});
constexpr std::array kRussianThird = std::to_array<Spelling>({{"Борис", "Boris"},
                                                              {"Глеб", "Gleb"},
                                                              {"Тимур", "Timur"},
                                                              {"Фёдор", "Fedor"},
                                                              {"Кирилл", "Kirill"},
                                                              {"Макар", "Makar"},
                                                              {"Роберт", "Robert"}});
constexpr std::array kRussianFamily = std::to_array<Spelling>(
    {{"Иванов", "Ivanov"},      {"Смирнов", "Smirnov"},  {"Кузнецов", "Kuznetsov"},
     {"Соколов", "Sokolov"},    {"Попов", "Popov"},      {"Лебедев", "Lebedev"},
     {"Козлов", "Kozlov"},      {"Новиков", "Novikov"},  {"Морозов", "Morozov"},
     {"Петров", "Petrov"},      {"Волков", "Volkov"},    {"Соловьёв", "Solovev"},
     {"Васильев", "Vasilev"},   {"Зайцев", "Zaytsev"},   {"Павлов", "Pavlov"},
     {"Семёнов", "Semenov"},    {"Голубев", "Golubev"},  {"Виноградов", "Vinogradov"},
     {"Богданов", "Bogdanov"},  {"Воробьёв", "Vorobev"}, {"Фёдоров", "Fedorov"},
     {"Беляев", "Belyaev"},     {"Тарасов", "Tarasov"},  {"Комаров", "Komarov"},
     {"Орлов", "Orlov"},        {"Киселёв", "Kiselev"},  {"Макаров", "Makarov"},
     {"Андреев", "Andreev"},    {"Ковалёв", "Kovalev"},  {"Ильин", "Ilin"},
     {"Гусев", "Gusev"},        {"Титов", "Titov"},      {"Кудрявцев", "Kudryavtsev"},
     {"Баранов", "Baranov"},    {"Куликов", "Kulikov"},  {"Пономарёв", "Ponomarev"},
     {"Захаров", "Zakharov"},   {"Борисов", "Borisov"},  {"Королёв", "Korolev"},
     {"Герасимов", "Gerasimov"}});
constexpr std::array kPatronymic = std::to_array<Patronymic>({{"Иванович", "Ивановна"},
                                                              {"Сергеевич", "Сергеевна"},
                                                              {"Петрович", "Петровна"},
                                                              {"Алексеевич", "Алексеевна"},
                                                              {"Андреевич", "Андреевна"},
                                                              {"Викторович", "Викторовна"}});
constexpr std::array kRussianCities = std::to_array<std::string_view>(
    {"Москва", "Санкт-Петербург", "Новосибирск", "Екатеринбург", "Казань", "Нижний Новгород",
     "Самара", "Уфа", "Пермь", "Воронеж", "Тверь", "Суздаль"});

constexpr std::array kGermanFemale = std::to_array<Spelling>({{"Greta", "Greta"},
                                                              {"Ursula", "Ursula"},
                                                              {"Sabine", "Sabine"},
                                                              {"Monika", "Monika"},
                                                              {"Heike", "Heike"},
                                                              {"Annette", "Annette"}});
constexpr std::array kGermanMale = std::to_array<Spelling>({{"Klaus", "Klaus"},
                                                            {"Thomas", "Thomas"},
                                                            {"Dieter", "Dieter"},
                                                            {"Jürgen", "Juergen"},
                                                            {"Wolfgang", "Wolfgang"},
                                                            {"Björn", "Bjoern"}});
constexpr std::array kGermanThird = std::to_array<Spelling>(
    {{"Felix", "Felix"}, {"Oskar", "Oskar"}, {"Emil", "Emil"}, {"Jonas", "Jonas"}});
constexpr std::array kGermanFamily = std::to_array<Spelling>({{"Müller", "Mueller"},
                                                              {"Schmidt", "Schmidt"},
                                                              {"Schneider", "Schneider"},
                                                              {"Fischer", "Fischer"},
                                                              {"Weiß", "Weiss"},
                                                              {"Groß", "Gross"},
                                                              {"Schäfer", "Schaefer"},
                                                              {"Krüger", "Krueger"},
                                                              {"Hofmann", "Hofmann"},
                                                              {"Meyer-Lüders", "Meyer-Lueders"}});
constexpr std::array kGermanCities = std::to_array<std::string_view>(
    {"Berlin", "Hamburg", "München", "Köln", "Leipzig", "Rothenburg ob der Tauber"});

constexpr std::array kEnglishFemale = std::to_array<Spelling>({{"Grace", "Grace"},
                                                               {"Emily", "Emily"},
                                                               {"Hannah", "Hannah"},
                                                               {"Olivia", "Olivia"},
                                                               {"Sophie", "Sophie"},
                                                               {"Chloë", "Chloe"}});
constexpr std::array kEnglishMale = std::to_array<Spelling>({{"Robert", "Robert"},
                                                             {"William", "William"},
                                                             {"Peter", "Peter"},
                                                             {"Daniel", "Daniel"},
                                                             {"James", "James"},
                                                             {"Duncan", "Duncan"}});
constexpr std::array kEnglishThird = std::to_array<Spelling>(
    {{"Jack", "Jack"}, {"George", "George"}, {"Oscar", "Oscar"}, {"Henry", "Henry"}});
constexpr std::array kEnglishFamily = std::to_array<Spelling>({{"Smith", "Smith"},
                                                               {"Jones", "Jones"},
                                                               {"Taylor", "Taylor"},
                                                               {"Brown", "Brown"},
                                                               {"O'Connor", "OConnor"},
                                                               {"Davies", "Davies"},
                                                               {"Evans", "Evans"},
                                                               {"Walker", "Walker"},
                                                               {"Clarke", "Clarke"},
                                                               {"Lloyd-Hughes", "Lloyd-Hughes"}});
constexpr std::array kBritishCities = std::to_array<std::string_view>(
    {"London", "Leeds", "Bristol", "Manchester", "Edinburgh", "Rye"});
constexpr std::array kAmericanCities =
    std::to_array<std::string_view>({"Washington", "Chicago", "Boston", "Sleepy Hollow"});

constexpr NameBook kRussian{"RU",         "ru",          kRussianFemale,
                            kRussianMale, kRussianThird, kRussianFamily,
                            {"а", "a"},   kPatronymic,   kRussianCities};
constexpr NameBook kGerman{"DE",     "de", kGermanFemale, kGermanMale, kGermanThird, kGermanFamily,
                           {"", ""}, {},   kGermanCities};
constexpr NameBook kBritish{"GB",          "en",           kEnglishFemale, kEnglishMale,
                            kEnglishThird, kEnglishFamily, {"", ""},       {},
                            kBritishCities};
constexpr NameBook kAmerican{"US",           "en",           kEnglishFemale, kEnglishMale,
                             kEnglishThird,  kEnglishFamily, {"", ""},       {},
                             kAmericanCities};

}  // namespace

const NameBook& names_of(Nation nation) {
  switch (nation) {
    case Nation::kRussian:
      return kRussian;
    case Nation::kGerman:
      return kGerman;
    case Nation::kBritish:
      return kBritish;
    case Nation::kAmerican:
      return kAmerican;
  }
  return kRussian;
}

}  // namespace assent::sample
