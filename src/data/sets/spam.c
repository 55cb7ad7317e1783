/* Counts of words in the mails of SpamAssassin's public corpus (Apache SpamAssassin, 2006); committed. No
 * text of a mail is kept.
 * SPDX-License-Identifier: MIT */
#include "data/svmlight_set.h"

extern const DataSource data_spam;
const DataSource data_spam = {
	.info = { .name = "spam",
		  .title = "Spam",
		  .about =
			  "Counts of 8,000 words in 4,534 + 1,512 mails, wanted or spam; sparse." },
	.form = DATASET_SPARSE,
	.train_rows = 4534,
	.test_rows = 1512,
	.features = 8000,
	.classes = 2,
	.licence = "CC0-1.0",
	.origin = "https://spamassassin.apache.org/old/publiccorpus/",
	.get = "It comes with wattle: install wattle's data files again",
	.sha256 = "873642a68dadacd6e7f77da7441821cac9706ded3d38876c124d5b2a32b14768",
	.load = svmlight_set_load,
};
