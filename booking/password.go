package booking

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Passwords are stored as argon2id (RFC 9106) in the PHC string format, which says with what cost each was hashed, so
// that the cost can rise without a change of the file.

// Cost of one hash: of the settings that OWASP holds for equal, the one with the least memory, for this machine carries
// hearings too: 200 people who sign in at once take 70 MB less than with 19 MiB and 2 passes.
const (
	hashMemory = 7 << 10 // KiB
	hashPasses = 5
	hashLanes  = 1
	hashSize   = 32
	saltSize   = 16
)

const (
	minPassword = 12  // characters
	maxPassword = 200 // characters; more is not worth hashing
)

// hashing lets as many hashes run at once as there are cores, whatever number of people signs in: hashing must neither
// fill the memory nor keep the hearings from their share of the machine for long.
type hashing chan struct{}

func newHashing() hashing { return make(hashing, runtime.GOMAXPROCS(0)) }

func (h hashing) key(password string, salt []byte, memory, passes uint32, lanes uint8) []byte {
	h <- struct{}{}
	defer func() { <-h }()
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, hashSize)
}

// hash returns what is stored of a password.
func (h hashing) hash(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	return phc(salt, h.key(password, salt, hashMemory, hashPasses, hashLanes))
}

func phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// nobody is what an unknown account is checked against: as much work as a known one, and no password fits.
var nobody = phc(make([]byte, saltSize), make([]byte, hashSize))

// fits reports whether stored was made of this password. What is no hash of ours fits nothing.
func (h hashing) fits(stored, password string) bool {
	if utf8.RuneCountInString(password) > maxPassword {
		return false
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || passes == 0 || lanes == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	return err == nil && subtle.ConstantTimeCompare(h.key(password, salt, memory, passes, lanes), want) == 1
}

// passwordFault is the code of what is wrong with a new password of this account, or "". Length is what counts; rules on
// kinds of characters would only lead to worse ones.
func passwordFault(password string, a Account) string {
	folded := strings.ToLower(strings.TrimSpace(password))
	user, _, _ := strings.Cut(a.Login, "@")
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		return "missing"
	case !utf8.ValidString(password):
		return "invalid"
	case n < minPassword:
		return "too_short"
	case n > maxPassword:
		return "too_long"
	}
	for _, known := range append([]string{a.Login, user, a.Name, strings.ReplaceAll(a.Name, " ", "")}, commonPasswords...) {
		if folded == strings.ToLower(known) {
			return "common"
		}
	}
	if kinds(folded) < 5 || repeats(folded) {
		return "common"
	}
	return ""
}

// kinds counts the different characters.
func kinds(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// repeats reports whether s is one shorter text written again and again, as in "motdepassemotdepasse".
func repeats(s string) bool {
	return len(s) > 0 && strings.Contains((s + s)[1:2*len(s)-1], s)
}

// commonPasswords of at least minPassword characters are what is tried first by who guesses; lower case.
var commonPasswords = []string{
	"123456789012", "1234567890123", "12345678901234", "123456789123", "1234567890qwerty", "0123456789abcdef", "987654321012", "1q2w3e4r5t6y", "1qaz2wsx3edc", "qazwsxedcrfv",
	"qwertyuiop12", "qwertyuiop123", "qwertyuiop[]", "qwertyuiopasdf", "azertyuiop12", "azertyuiop123", "azertyuiopqsdf", "azertyuiop^$",
	"abcdefghijkl", "abcdefghijklm", "abcdefghijklmnop", "abcdef123456", "abc123456789", "a1b2c3d4e5f6",
	"password1234", "password12345", "password123456", "password2025", "password2026", "passwordpassword", "passw0rd1234", "p@ssw0rd1234", "p@ssword1234", "mypassword123", "changeme1234", "changemenow!", "letmein12345", "welcome12345", "welcome123456", "iloveyou1234",
	"motdepasse12", "motdepasse123", "motdepasse1234", "motdepasse2025", "motdepasse2026", "monmotdepasse", "mot de passe", "jetaime12345", "bonjour12345", "soleil123456", "bienvenue123", "changezmoi123",
	"administrator", "administrator1", "administrateur", "administrateur1", "admin1234567", "admin12345678", "admin123456789", "adminadmin12", "superadmin123", "root12345678", "jalsajalsa12", "jalsa1234567", "jalsa12345678",
	"maroc1234567", "maroc2025maroc", "maroc2026maroc", "morocco12345", "casablanca12", "casablanca123", "casablanca2026", "marrakech123", "marrakech1234", "royaumedumaroc", "tribunal1234", "tribunal2026", "justice12345", "ministere123", "ministere2026",
}
