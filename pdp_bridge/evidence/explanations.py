"""What lies in a proof and how anybody checks it: the two pages that every proof holds."""

from __future__ import annotations

ENGLISH = """\
PROOF OF ONE INVOICE

This file holds everything that pdp_bridge recorded about one invoice: what Facturation.pro
showed, what was sent through the platform Iopole, and what came back. It needs no other file.
It is the invoice itself: names, addresses and amounts of the seller and of the customer are
inside. Hand it to nobody who may not see the invoice. It holds no password and no key.

HOW TO CHECK IT

Unpack it and open a terminal in its folder.
  Linux:    sha256sum -c SHA256SUMS
  macOS:    shasum -a 256 -c SHA256SUMS
  Windows:  Get-FileHash FILE   (PowerShell, for each file; compare with the line in SHA256SUMS)
Each line must say OK. With pdp_bridge at hand, `pdp-bridge verify FILE.zip` does this and more.

WHAT EACH FILE IS

  invoice.json     number, state, deposit id and status, as shown to the seller
  source/          each version of the record at Facturation.pro, from the first seen to the last;
                   index.json says which was sent
  documents/       the exact files made for sending, named by their SHA-256: the PDF that travelled,
                   and the XML that lies inside it; index.json says which was deposited under which id
  reports/         the verdict of every check on the document; rule-packs.json names the official
                   rule files that judged, with their SHA-256
  exchanges/       requests to the platform about this invoice and its answers: without credentials,
                   without file contents, and of searches without the rows of other invoices
  attempts.json    each sending: begun, ended, outcome
  transitions.json each change of state, with the time (UTC) and, for a decision, who took it
  status/          each status that the platform gave, one file per record, as it came (payload)

WHAT THE CHAIN PROVES

Each file of status/ ends up in a chain: its SHA-256 is the hash of the record, and the next record
of the journal, whoever's invoice it speaks of, holds that hash as "previous". Two files whose
numbers follow each other can be compared: "previous" of the second is the SHA-256 of the first.
A document is bound likewise: its name is its SHA-256, and the platform keeps the same file.

  It proves that a record was not changed after a later one was made, to whoever knows the hash of
  a later one; that the PDF is byte for byte the one named here; that nothing in this file was
  damaged on its way.
  It does not prove when a record was made: the times are those of the computers. It does not prove
  who made it: nothing here is signed. Somebody who held the whole journal could have written a
  journal anew. To rule that out, compare with what others hold: the platform (the file under its
  deposit id, the statuses), the buyer, or a hash noted elsewhere earlier.
"""

FRENCH = """\
PREUVE D’UNE FACTURE

Ce fichier contient tout ce que pdp_bridge a enregistré sur une facture : ce que Facturation.pro a
montré, ce qui a été envoyé par la plateforme Iopole, et ce qui en est revenu. Il se suffit à
lui-même. C’est la facture elle-même : les noms, adresses et montants du vendeur et du client y
figurent. Ne le remettez à personne qui ne puisse voir la facture. Il ne contient ni mot de passe
ni clé.

COMMENT LE VÉRIFIER

Décompressez-le et ouvrez un terminal dans son dossier.
  Linux :   sha256sum -c SHA256SUMS
  macOS :   shasum -a 256 -c SHA256SUMS
  Windows : Get-FileHash FICHIER   (PowerShell, pour chaque fichier ; comparez à SHA256SUMS)
Chaque ligne doit dire OK (ou Réussi). Avec pdp_bridge, `pdp-bridge verify FICHIER.zip` fait cela et
davantage.

CE QU’EST CHAQUE FICHIER

  invoice.json     numéro, état, identifiant de dépôt et statut, tels que montrés au vendeur
  source/          chaque version de l’enregistrement chez Facturation.pro, de la première à la
                   dernière vue ; index.json dit laquelle a été envoyée
  documents/       les fichiers exacts faits pour l’envoi, nommés par leur SHA-256 : le PDF qui a
                   voyagé et le XML qu’il contient ; index.json dit lequel a été déposé, et sous
                   quel identifiant
  reports/         le verdict de chaque contrôle ; rule-packs.json nomme les fichiers officiels de
                   règles qui ont jugé, avec leur SHA-256
  exchanges/       les requêtes à la plateforme sur cette facture et ses réponses : sans identifiants
                   secrets, sans contenu de fichier et, pour les recherches, sans les lignes
                   d’autres factures
  attempts.json    chaque envoi : début, fin, issue
  transitions.json chaque changement d’état, avec l’heure (UTC) et, pour une décision, son auteur
  status/          chaque statut donné par la plateforme, un fichier par enregistrement, tel que reçu
                   (payload)

CE QUE LA CHAÎNE PROUVE

Chaque fichier de status/ est un maillon : son SHA-256 est l’empreinte de l’enregistrement, et
l’enregistrement suivant du journal, quelle que soit sa facture, porte cette empreinte (« previous »).
Deux fichiers dont les numéros se suivent se comparent : « previous » du second est le SHA-256 du
premier. De même un document : son nom est son SHA-256, et la plateforme garde le même fichier.

  Elle prouve qu’un enregistrement n’a pas changé depuis qu’un autre l’a suivi, à qui connaît
  l’empreinte d’un suivant ; que le PDF est, octet pour octet, celui qui est nommé ici ; que rien ne
  s’est abîmé en chemin.
  Elle ne prouve pas quand un enregistrement a été fait : les heures sont celles des ordinateurs.
  Elle ne prouve pas par qui : rien ici n’est signé. Celui qui détenait tout le journal a pu en
  écrire un autre. Pour l’exclure, comparez avec ce que d’autres détiennent : la plateforme (le
  fichier sous son identifiant de dépôt, les statuts), l’acheteur, ou une empreinte notée ailleurs
  auparavant.
"""
