package conference

import "testing"

// What passes to whom is told by questions: what others get of one person.

func TestFloorStories(t *testing.T) {
	tellStories(t, map[string]string{
		"hands stand in the order in which they went up": `
			lawyer raises               > -
			citizen raises              > -
			counsel raises              > -
			lawyer raises               > -
			? queue of judge            > 1 lawyer; 2 citizen; 3 counsel
			lawyer rests                > -
			? queue of judge            > 1 citizen; 2 counsel
			lawyer raises               > -
			? queue of citizen          > 1 citizen; 2 counsel; 3 lawyer
			clerk lowers citizen        > -
			? queue of judge            > 1 counsel; 2 lawyer
			judge lowers everybody      > -
			? queue of judge            > -
			lawyer lowers citizen       > error lawyer not_allowed
			observer raises             > error observer not_allowed
			judge lowers nobody-there   > -`,

		"a hand goes down with whoever leaves": `
			lawyer raises               > -
			citizen raises              > -
			lawyer leaves               > media off lawyer; bye lawyer left
			lawyer joins                > admitted lawyer
			? queue of judge            > 1 citizen`,

		"a hand stays up while the link is lost": `
			lawyer raises               > -
			lawyer drops                > -
			? queue of judge            > 1 lawyer
			lawyer joins                > admitted lawyer
			? queue of judge            > 1 lawyer`,

		"one who is muted is heard again when they switch on themselves": `
			lawyer speaks               > -
			? gets of lawyer            > judge voice camera; clerk voice camera; citizen voice camera; counsel voice camera; observer voice camera
			judge mutes lawyer          > -
			? gets of lawyer            > judge camera; clerk camera; citizen camera; counsel camera; observer camera
			lawyer speaks               > -
			? floor                     > lawyer muted
			lawyer mumbles              > -
			? floor                     > lawyer muted
			lawyer speaks               > -
			? floor                     > -`,

		"a new page does not switch on again for one who is muted": `
			lawyer speaks               > -
			judge mutes lawyer          > -
			lawyer mumbles              > -
			lawyer drops                > -
			lawyer joins                > admitted lawyer
			lawyer speaks               > -
			? floor                     > lawyer muted
			lawyer mumbles              > -
			lawyer speaks               > -
			? floor                     > -`,

		"one who is muted and locked is heard only after the lock is taken off and they switch on": `
			lawyer speaks               > -
			clerk silences lawyer       > -
			lawyer mumbles              > -
			lawyer speaks               > -
			? floor                     > lawyer locked
			judge mutes lawyer          > -
			? floor                     > lawyer locked
			lawyer leaves               > media off lawyer; bye lawyer left
			lawyer joins                > admitted lawyer
			lawyer speaks               > -
			? gets of lawyer            > judge camera; clerk camera; citizen camera; counsel camera; observer camera
			judge frees lawyer          > -
			? floor                     > lawyer muted
			lawyer mumbles              > -
			lawyer speaks               > -
			? floor                     > -`,

		"to ask for a microphone takes its lock off, and switches nothing on": `
			judge silences lawyer       > -
			judge asks lawyer for camera > asked lawyer camera
			? floor                     > lawyer locked
			judge asks lawyer for microphone > asked lawyer microphone
			? floor                     > lawyer muted
			lawyer speaks               > -
			? floor                     > -
			judge asks lawyer for money > error judge wrong_state
			judge asks observer for camera > error judge wrong_state
			judge asks expert for camera > error judge unknown_participant
			lawyer asks citizen for camera > error lawyer not_allowed`,

		"all but the hosts and whoever asks are muted at once": `
			clerk mutes everybody       > -
			? floor                     > citizen muted; lawyer muted; counsel muted; observer muted
			citizen speaks              > -
			? floor                     > lawyer muted; counsel muted; observer muted
			judge mutes everybody       > -
			? floor                     > clerk muted; citizen muted; lawyer muted; counsel muted; observer muted`,

		"a lock on all holds those who come later too, until it is taken off": `
			judge silences everybody    > -
			expert joins                > waiting expert 1/1 host
			judge admits expert         > write admit expert; admitted expert
			? floor                     > clerk locked; citizen locked; lawyer locked; counsel locked; expert locked; observer locked
			judge frees lawyer          > -
			lawyer drops                > -
			lawyer joins                > admitted lawyer
			? floor                     > clerk locked; citizen locked; lawyer muted; counsel locked; expert locked; observer locked
			judge frees everybody       > -
			expert leaves               > media off expert; bye expert left; write dismiss expert
			expert joins                > waiting expert 1/1 host
			judge admits expert         > write admit expert; admitted expert
			? floor                     > clerk muted; citizen muted; lawyer muted; counsel muted; observer muted`,

		"nobody but a host mutes a host, and nobody locks one": `
			clerk mutes judge           > error clerk not_allowed
			judge silences judge        > error judge not_allowed
			judge mutes judge           > -
			? floor                     > judge muted
			judge speaks                > -
			? floor                     > -`,

		"the spotlight goes out with whoever has it": `
			judge lights lawyer         > -
			? light of citizen          > lawyer
			judge lights nobody-there   > -
			? light of citizen          > -
			clerk lights lawyer         > -
			lawyer drops                > -
			? light of citizen          > lawyer
			lawyer leaves               > -
			lawyer joins                > admitted lawyer
			lawyer leaves               > media off lawyer; bye lawyer left
			? light of citizen          > -
			judge lights observer       > error judge wrong_state
			judge lights expert         > error judge unknown_participant
			lawyer lights lawyer        > error lawyer not_allowed`,

		"the layout is one of three": `
			judge lays out document     > -
			? layout of citizen         > document
			judge lays out mosaic       > error judge wrong_state
			? layout of citizen         > document
			clerk lays out grid         > error clerk not_allowed`,
	}, "judge", "clerk", "citizen", "lawyer", "counsel", "observer")
}

func TestShareStories(t *testing.T) {
	tellStories(t, map[string]string{
		"a screen is shown by one at a time, by those who hold the hearing": `
			lawyer shows text           > error lawyer not_allowed
			clerk shows text            > -
			? gets of clerk             > judge voice camera screen; citizen voice camera screen; lawyer voice camera screen; witness voice camera screen; observer voice camera screen
			clerk shows motion          > -
			? floor                     > clerk motion
			clerk shows film            > error clerk wrong_state
			judge shows text            > -
			? floor                     > judge text
			clerk shows text            > error clerk busy
			judge hides                 > -
			clerk shows text            > -
			? floor                     > clerk text`,

		"the screen of a lost link makes way for anybody": `
			judge shows text            > -
			judge drops                 > -
			clerk shows text            > -
			judge joins                 > admitted judge
			? floor                     > clerk text`,

		"a host opens showing to several at once, but to no observer or witness": `
			clerk opens                 > error clerk not_allowed
			judge opens                 > -
			lawyer shows text           > -
			citizen shows motion        > -
			witness shows text          > error witness not_allowed
			observer shows text         > error observer not_allowed
			clerk shows text            > -
			judge shows text            > -
			? floor                     > judge text; clerk text; citizen motion; lawyer text
			judge shuts                 > -
			? floor                     > clerk text
			lawyer shows text           > error lawyer not_allowed`,

		"a screen ends with whoever shows it": `
			clerk shows text            > -
			clerk leaves                > media off clerk; bye clerk left
			clerk joins                 > admitted clerk
			? floor                     > -`,
	}, "judge", "clerk", "citizen", "lawyer", "witness", "observer")
}

func TestChannelStories(t *testing.T) {
	tellStories(t, map[string]string{
		"a channel goes to those who listen to it, the floor to all": `
			citizen listens to ar       > -
			interpreter interprets into ar > -
			? gets of interpreter       > judge camera; citizen voice camera; lawyer camera; voice camera; observer camera
			? gets of judge             > citizen voice camera; lawyer voice camera; interpreter voice camera; voice voice camera; observer voice camera
			citizen listens to es       > -
			? gets of interpreter       > judge camera; citizen camera; lawyer camera; voice camera; observer camera
			voice listens to ar         > -
			voice interprets into es    > -
			? gets of voice             > judge camera; citizen voice camera; lawyer camera; interpreter camera; observer camera
			? gets of interpreter       > judge camera; citizen camera; lawyer camera; voice voice camera; observer camera
			interpreter interprets into > -
			? gets of interpreter       > judge voice camera; citizen voice camera; lawyer voice camera; voice voice camera; observer voice camera`,

		"one who interprets into a channel is muted alone, not with all": `
			interpreter interprets into ar > -
			judge silences everybody    > -
			? floor                     > citizen locked; lawyer locked; interpreter ar; voice locked; observer locked
			judge mutes interpreter     > -
			? floor                     > citizen locked; lawyer locked; interpreter muted ar; voice locked; observer locked
			interpreter interprets into > -
			? floor                     > citizen locked; lawyer locked; interpreter locked; voice locked; observer locked
			judge frees everybody       > -
			interpreter interprets into ar > -
			interpreter interprets into > -
			? floor                     > citizen muted; lawyer muted; interpreter muted; voice muted; observer muted`,

		"only an interpreter has a channel, and only a language is one": `
			lawyer interprets into fr   > error lawyer not_allowed
			interpreter interprets into F*R > error interpreter wrong_state
			observer listens to zgh     > -
			observer listens to pt-BR   > -
			observer listens to x       > error observer wrong_state
			? floor                     > observer pt-BR`,

		"a channel outlives a lost link, and no leaving": `
			interpreter interprets into ar > -
			interpreter drops           > -
			interpreter joins           > admitted interpreter
			? floor                     > interpreter ar
			interpreter leaves          > media off interpreter; bye interpreter left
			interpreter joins           > admitted interpreter
			? floor                     > -`,
	}, "judge", "citizen", "lawyer", "interpreter", "voice", "observer")
}

func TestHelpStories(t *testing.T) {
	tellStories(t, map[string]string{
		"a call for help makes one task, which ends with it": `
			citizen calls               > task for citizen
			citizen calls               > -
			citizen leaves              > media off citizen; bye citizen left
			citizen joins               > admitted citizen
			citizen calls               > -
			citizen needs nobody        > done task of citizen
			citizen needs nobody        > -
			witness joins               > waiting witness 1/1 host
			witness calls               > task for witness; waiting witness 1/1 host
			expert calls                > error expert wrong_state`,

		"a task that could not be written is offered again": `
			disk fills                  > -
			citizen calls               > task for citizen
			4s passes                   > -
			disk heals                  > -
			1s passes                   > task for citizen
			10s passes                  > -`,
	}, "judge", "citizen")
}

func TestIsLanguage(t *testing.T) {
	for tag, want := range map[string]bool{
		"": true, "ar": true, "zgh": true, "pt-BR": true, "zh-Hant-TW": true, "ar-Latn-x-chat": true, "es-419": true,
		"x": false, "a-b": false, "fr-": false, "-fr": false, "fr_FR": false, "f4": false, "français": false,
		"ar:fr": false, "abcdefghi": false, "en-abcdefgh-abcdefgh-abcdefgh": false,
	} {
		if got := isLanguage(tag); got != want {
			t.Errorf("isLanguage(%q) = %v", tag, got)
		}
	}
}
