-- What a person reads: Discord's locale at their last interaction, and what they chose instead.
ALTER TABLE accounts ADD COLUMN locale TEXT;
ALTER TABLE accounts ADD COLUMN language TEXT;
