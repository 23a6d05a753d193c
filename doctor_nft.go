package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ruleset is what `nft -j list ruleset` prints (libnftables-json(5)), as far as it decides on a new connection from
// anywhere. What depends on more than the port, such as where somebody comes from, is left undecided.
type ruleset struct {
	base   []baseChain // which every packet to this machine passes
	rules  map[chainName][][]statement
	values map[chainName][]any // elements of named sets and maps
}

type chainName struct{ family, table, name string }

type baseChain struct {
	chainName
	priority int
	drops    bool // what no rule decides on
}

// statement is one part of a rule: a condition or a verdict.
type statement map[string]json.RawMessage

// packet is the first one of somebody who comes.
type packet struct{ family, network, port string }

// fate of a packet, from good to bad.
type fate int

const (
	passes fate = iota
	unsure
	dropped
	undecided // by the chain; the next one decides
)

func readRules(text []byte) (r ruleset, err error) {
	var all struct {
		Nftables []map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return r, fmt.Errorf("read rules: %w", err)
	}
	r = ruleset{rules: map[chainName][][]statement{}, values: map[chainName][]any{}}
	for _, object := range all.Nftables {
		for kind, raw := range object {
			if err := r.add(kind, raw); err != nil {
				return r, fmt.Errorf("read rules: %s: %w", kind, err)
			}
		}
	}
	slices.SortStableFunc(r.base, func(a, b baseChain) int { return cmp.Compare(a.priority, b.priority) })
	return r, nil
}

func (r *ruleset) add(kind string, raw json.RawMessage) error {
	var o struct {
		Family, Table, Name, Chain, Type, Hook, Policy string
		Prio                                           int
		Expr                                           []statement
		Elem                                           []any
	}
	switch kind {
	case "chain", "rule", "set", "map":
		if err := json.Unmarshal(raw, &o); err != nil {
			return err
		}
	}
	name := chainName{o.Family, o.Table, o.Name}
	switch {
	case kind == "chain" && o.Type == "filter" && (o.Hook == "input" || o.Hook == "prerouting"):
		r.base = append(r.base, baseChain{name, o.Prio, o.Policy == "drop"})
	case kind == "rule":
		name.name = o.Chain
		r.rules[name] = append(r.rules[name], o.Expr)
	case kind == "set", kind == "map":
		r.values[name] = o.Elem
	}
	return nil
}

// fate of a packet after all chains.
func (r ruleset) fate(p packet) fate {
	worst := passes
	for _, c := range r.base {
		if c.family != "inet" && c.family != p.family {
			continue
		}
		end := r.walk(c.chainName, p, 0)
		if end == undecided && c.drops {
			end = dropped
		}
		if end != undecided {
			worst = max(worst, end)
		}
	}
	return worst
}

// deepest is how far chains may lead to one another before we give up; the kernel allows 16.
const deepest = 16

// walk follows the rules of a chain. A rule that holds for some only is remembered: if the end is another, it depends.
func (r ruleset) walk(name chainName, p packet, depth int) fate {
	if depth > deepest {
		return unsure
	}
	some := undecided
	end := func(f fate) fate {
		if some != undecided && some != f {
			return unsure
		}
		return f
	}
	for _, rule := range r.rules[name] {
		holds, verdict := always, undecided
		leaves := false
		for _, s := range rule {
			var h certainty
			h, verdict, leaves = r.apply(s, name, p, depth)
			if holds = min(holds, h); holds == never || verdict != undecided || leaves {
				break
			}
		}
		switch {
		case holds == never || verdict == undecided && !leaves:
		case holds == always:
			return end(verdict)
		case some == undecided && verdict != undecided:
			some = verdict
		case some != verdict:
			some = unsure
		}
	}
	return end(undecided)
}

// certainty that a condition holds for the packet.
type certainty int

const (
	never certainty = iota
	sometimes
	always
)

// apply is what one statement says of the packet: whether the rule still holds, the verdict, and whether the chain is left.
func (r ruleset) apply(s statement, at chainName, p packet, depth int) (holds certainty, verdict fate, leaves bool) {
	for kind, raw := range s {
		switch kind {
		case "accept":
			return always, passes, true
		case "drop", "reject":
			return always, dropped, true
		case "return":
			return always, undecided, true
		case "jump", "goto":
			var to struct{ Target string }
			_ = json.Unmarshal(raw, &to) // no target has no rules
			return always, r.walk(chainName{at.family, at.table, to.Target}, p, depth+1), kind == "goto"
		case "match":
			return r.matches(raw, at, p), undecided, false
		case "vmap":
			return r.maps(raw, at, p, depth)
		case "counter", "log", "notrack", "mangle", "comment":
		default: // limits, quotas, and what old programs left behind
			return sometimes, undecided, false
		}
	}
	return always, undecided, false
}

func (r ruleset) maps(raw json.RawMessage, at chainName, p packet, depth int) (certainty, fate, bool) {
	var m struct{ Key, Data any }
	_ = json.Unmarshal(raw, &m)
	for _, e := range r.elements(m.Data, at) {
		pair, ok := e.([]any)
		if !ok || len(pair) != 2 {
			return sometimes, unsure, true
		}
		switch has(quality(m.Key, p), pair[0]) {
		case always:
			text, _ := json.Marshal(pair[1])
			var s statement
			_ = json.Unmarshal(text, &s)
			holds, verdict, leaves := r.apply(s, at, p, depth)
			return holds, verdict, leaves
		case sometimes:
			return sometimes, unsure, true
		}
	}
	return never, undecided, false
}

func (r ruleset) matches(raw json.RawMessage, at chainName, p packet) certainty {
	var m struct {
		Op          string
		Left, Right any
	}
	_ = json.Unmarshal(raw, &m)
	holds := never
	q := quality(m.Left, p)
	for _, e := range r.elements(m.Right, at) {
		holds = max(holds, has(q, e))
	}
	switch m.Op {
	case "==", "in":
		return holds
	case "!=":
		return always - holds
	}
	return min(holds, sometimes)
}

// elements are what a value may be: itself, or those of a set.
func (r ruleset) elements(value any, at chainName) []any {
	switch v := value.(type) {
	case string:
		if name, ok := strings.CutPrefix(v, "@"); ok {
			return r.values[chainName{at.family, at.table, name}]
		}
	case []any:
		return v
	case map[string]any:
		if set, ok := v["set"].([]any); ok {
			return set
		}
	}
	return []any{value}
}

// quality is what a packet of a new connection has where a rule looks: a word, "" if it is not known, "-" if there is no
// such thing.
func quality(left any, p packet) string {
	at, _ := left.(map[string]any)
	if payload, ok := at["payload"].(map[string]any); ok {
		protocol, field := payload["protocol"], payload["field"]
		switch {
		case field == "dport" && (protocol == p.network || protocol == "th"):
			return p.port
		case (protocol == "tcp" || protocol == "udp" || protocol == "icmp" || protocol == "icmpv6") && protocol != p.network,
			(protocol == "ip" || protocol == "ip6") && protocol != p.family:
			return "-"
		case field == "protocol" || field == "nexthdr":
			return p.network
		}
		return ""
	}
	key := func(of string) any { m, _ := at[of].(map[string]any); return m["key"] }
	switch {
	case key("ct") == "state":
		return "new"
	case key("meta") == "l4proto":
		return p.network
	case key("meta") == "nfproto":
		return map[string]string{"ip": "ipv4", "ip6": "ipv6"}[p.family]
	case key("meta") == "protocol":
		return p.family
	case key("meta") == "iifname", key("meta") == "iif":
		return "a card"
	}
	return ""
}

// has tells whether a quality is the value of a rule, or in its range.
func has(quality string, value any) certainty {
	switch v := value.(type) {
	case string:
		switch {
		case quality == "":
			return sometimes
		case quality == "a card" && v != "lo":
			return sometimes
		}
		return whether(v == quality)
	case float64:
		if quality == "" {
			return sometimes
		}
		return whether(strconv.Itoa(int(v)) == quality)
	case map[string]any:
		if ends, ok := v["range"].([]any); ok && len(ends) == 2 && quality != "" {
			from, low := ends[0].(float64)
			to, high := ends[1].(float64)
			n, err := strconv.Atoi(quality)
			return whether(low && high && err == nil && n >= int(from) && n <= int(to))
		}
	}
	if quality == "-" {
		return never
	}
	return sometimes
}

func whether(b bool) certainty {
	if b {
		return always
	}
	return never
}
