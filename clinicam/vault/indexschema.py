# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the index. In memory only; a change here means a new SCHEMA, and snapshots of another are thrown away."""

from __future__ import annotations

SCHEMA = 3

TABLES = """
CREATE TABLE head (
    writer BLOB PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    segment INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, lamport INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE act (what TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (
    lamport INTEGER NOT NULL, writer BLOB NOT NULL, seq INTEGER NOT NULL, rid BLOB NOT NULL,
    topic TEXT NOT NULL, patient BLOB NOT NULL, session BLOB, subject BLOB NOT NULL, body BLOB NOT NULL,
    who BLOB NOT NULL, wall INTEGER NOT NULL,
    PRIMARY KEY (topic, lamport, writer, seq)
) WITHOUT ROWID;
CREATE TABLE image (
    object BLOB PRIMARY KEY, frame BLOB, patient BLOB NOT NULL, session BLOB,
    rendition INTEGER NOT NULL, parent BLOB, media_type TEXT NOT NULL, view TEXT NOT NULL, sha256 BLOB NOT NULL,
    unfiled INTEGER NOT NULL, wall INTEGER NOT NULL,
    lamport INTEGER NOT NULL, writer BLOB NOT NULL, seq INTEGER NOT NULL, rid BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE frame (
    frame BLOB PRIMARY KEY, captured INTEGER NOT NULL, consent BLOB, permit BLOB
) WITHOUT ROWID;
CREATE TABLE patient (
    id INTEGER PRIMARY KEY, patient BLOB NOT NULL UNIQUE, family_key TEXT NOT NULL, sort_key TEXT NOT NULL,
    born TEXT NOT NULL, body BLOB NOT NULL, lamport INTEGER NOT NULL, writer BLOB NOT NULL, seq INTEGER NOT NULL
);
CREATE TABLE number (value TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (value, id)) WITHOUT ROWID;
CREATE INDEX number_patient ON number (id);
CREATE TABLE seen (patient BLOB PRIMARY KEY, last INTEGER, images INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE intent (
    rid BLOB NOT NULL, lamport INTEGER NOT NULL, writer BLOB NOT NULL, seq INTEGER NOT NULL, act BLOB, done BLOB,
    PRIMARY KEY (rid, lamport, writer, seq)
) WITHOUT ROWID;
CREATE TABLE gone (object BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE quarantined (
    frame BLOB PRIMARY KEY, patient BLOB NOT NULL, held INTEGER NOT NULL,
    lamport INTEGER NOT NULL, writer BLOB NOT NULL, seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX quarantined_patient ON quarantined (patient) WHERE held = 1;
CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = "unicode61 remove_diacritics 0", prefix = '1 2 3');
"""

INDEXES = """
CREATE INDEX entry_patient ON entry (patient, topic, lamport, writer, seq);
CREATE INDEX entry_subject ON entry (topic, subject, lamport, writer, seq);
CREATE INDEX image_patient ON image (patient, lamport, writer, seq) WHERE rendition IN (1, 2, 5);
CREATE INDEX image_session ON image (session, lamport, writer, seq) WHERE rendition IN (1, 2, 5);
CREATE INDEX image_parent ON image (parent, rendition, lamport, writer, seq) WHERE rendition IN (3, 4);
CREATE INDEX patient_family ON patient (family_key, sort_key);
CREATE INDEX patient_born ON patient (born, sort_key);
"""
"""Made after the rows where a whole ledger is read: sorting once is cheaper than keeping each in order."""

FACTS = ("rows", "lamport", "scan")
"""Numbers kept beside: rows folded; the highest Lamport time seen; 1 while an object without a row may be about."""
