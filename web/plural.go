package web

// plural returns the CLDR category of a count (CLDR 47, cardinal rules for whole numbers): zero, one, two, few,
// many or other. It knows the languages of the pages and those planned next; any other language, and Standard
// Moroccan Amazigh (zgh), for which CLDR has no rule, gets "other". The room client has the same function;
// locales/plural_cases.json holds both to it.
func plural(lang string, n int) string {
	if n < 0 {
		n = -n
	}
	switch lang {
	case "ar":
		return pluralArabic(n)
	case "fr":
		if n <= 1 {
			return "one"
		}
		return millions(n)
	case "es", "it":
		if n == 1 {
			return "one"
		}
		return millions(n)
	case "en", "de", "nl":
		if n == 1 {
			return "one"
		}
	}
	return "other"
}

func pluralArabic(n int) string {
	switch {
	case n == 0:
		return "zero"
	case n == 1:
		return "one"
	case n == 2:
		return "two"
	case n%100 >= 3 && n%100 <= 10:
		return "few"
	case n%100 >= 11:
		return "many"
	}
	return "other"
}

// millions is the Romance rule for "un million de": whole millions only.
func millions(n int) string {
	if n != 0 && n%1_000_000 == 0 {
		return "many"
	}
	return "other"
}
