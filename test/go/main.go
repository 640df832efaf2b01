// The oracle of the receipts: Go's own packages for signed notes and transparency logs, asked line
// by line. Each line of standard input is a question in JSON, each line of output its answer.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A question names what is asked and carries what that needs. Hashes are base64.
type question struct {
	Op    string            `json:"op"`
	Vkey  string            `json:"vkey"`
	Note  string            `json:"note"`
	Keys  []string          `json:"keys"`
	Proof []string          `json:"proof"`
	Size  int64             `json:"size"`
	Old   int64             `json:"old"`
	Index int64             `json:"index"`
	Root  string            `json:"root"`
	Prior string            `json:"prior"`
	Leaf  string            `json:"leaf"`
	Hash  []string          `json:"hashes"`
	Tiles map[string][]byte `json:"tiles"`
}

type answer struct {
	Verdict string   `json:"verdict,omitempty"`
	OK      bool     `json:"ok"`
	Names   []string `json:"names,omitempty"`
	Hashes  []string `json:"hashes,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func refused(err error) answer { return answer{Error: err.Error()} }

func accepted(err error) answer {
	if err != nil {
		return refused(err)
	}
	return answer{OK: true}
}

// stored is the tree of the last "grow", in the order of tlog.StoredHashIndex.
type stored struct {
	size   int64
	hashes []tlog.Hash
}

func (s *stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s.hashes)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		list[i] = s.hashes[index]
	}
	return list, nil
}

func (s *stored) append(leaf tlog.Hash) error {
	more, err := tlog.StoredHashesForRecordHash(s.size, leaf, s)
	if err != nil {
		return err
	}
	s.hashes = append(s.hashes, more...)
	s.size++
	return nil
}

// tileReader serves tiles by the paths of C2SP tlog-tiles, which lack the height of Go's.
type tileReader map[string][]byte

func (t tileReader) Height() int { return 8 }

func (t tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		found, ok := t[path]
		if !ok {
			return nil, fmt.Errorf("no %s", path)
		}
		data[i] = found
	}
	return data, nil
}

func parseHashes(texts []string) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		list[i] = hash
	}
	return list, nil
}

func formatHashes(hashes []tlog.Hash, err error) answer {
	if err != nil {
		return refused(err)
	}
	list := make([]string, len(hashes))
	for i, hash := range hashes {
		list[i] = hash.String()
	}
	return answer{OK: true, Hashes: list}
}

func openNote(q question) answer {
	var known []note.Verifier
	for _, vkey := range q.Keys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return answer{Verdict: "keys", Error: err.Error()}
		}
		known = append(known, verifier)
	}
	opened, err := note.Open([]byte(q.Note), note.VerifierList(known...))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case err == nil:
		var names []string
		for _, sig := range opened.Sigs {
			names = append(names, fmt.Sprintf("%s+%08x", sig.Name, sig.Hash))
		}
		return answer{Verdict: "signed", OK: true, Names: names}
	case errors.As(err, &unverified):
		return answer{Verdict: "unknown", Error: err.Error()}
	case errors.As(err, &invalid):
		return answer{Verdict: "invalid", Error: err.Error()}
	default:
		return answer{Verdict: "malformed", Error: err.Error()}
	}
}

// readTree reads a checkpoint's text as that of a go.sum database, whose origin is a fixed line.
func readTree(text string) answer {
	origin, rest, found := strings.Cut(text, "\n")
	if !found || origin == "" {
		return refused(errors.New("no origin"))
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	if err != nil {
		return refused(err)
	}
	return answer{OK: true, Names: []string{fmt.Sprint(tree.N)}, Hashes: []string{tree.Hash.String()}}
}

func check(q question) answer {
	proof, err := parseHashes(q.Proof)
	if err != nil {
		return refused(err)
	}
	root, err := tlog.ParseHash(q.Root)
	if err != nil {
		return refused(err)
	}
	if q.Op == "consistency" {
		prior, err := tlog.ParseHash(q.Prior)
		if err != nil {
			return refused(err)
		}
		return accepted(tlog.CheckTree(proof, q.Size, root, q.Old, prior))
	}
	leaf, err := tlog.ParseHash(q.Leaf)
	if err != nil {
		return refused(err)
	}
	return accepted(tlog.CheckRecord(proof, q.Size, root, q.Index, leaf))
}

func proveFromTiles(q question) answer {
	root, err := tlog.ParseHash(q.Root)
	if err != nil {
		return refused(err)
	}
	reader := tlog.TileHashReader(tlog.Tree{N: q.Size, Hash: root}, tileReader(q.Tiles))
	proof, err := tlog.ProveRecord(q.Size, q.Index, reader)
	return formatHashes(proof, err)
}

func (s *stored) answer(q question) answer {
	switch q.Op {
	case "vkey":
		_, err := note.NewVerifier(q.Vkey)
		return accepted(err)
	case "note":
		return openNote(q)
	case "checkpoint":
		return readTree(q.Note)
	case "inclusion", "consistency":
		return check(q)
	case "grow":
		*s = stored{}
		leaves, err := parseHashes(q.Hash)
		for i := 0; err == nil && i < len(leaves); i++ {
			err = s.append(leaves[i])
		}
		return accepted(err)
	case "root":
		hash, err := tlog.TreeHash(q.Size, s)
		return formatHashes([]tlog.Hash{hash}, err)
	case "prove":
		proof, err := tlog.ProveRecord(q.Size, q.Index, s)
		return formatHashes(proof, err)
	case "extend":
		proof, err := tlog.ProveTree(q.Size, q.Old, s)
		return formatHashes(proof, err)
	case "tiles":
		return proveFromTiles(q)
	}
	return refused(errors.New("no such question"))
}

func main() {
	tree := &stored{}
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := encoder.Encode(tree.answer(q)); err != nil {
			os.Exit(1)
		}
	}
}
