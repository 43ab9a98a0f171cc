-- When somebody was disabled since they left, or are disabled in the directory: where people are deleted some days after that, this is
-- the day it is counted from. 0: not known, or they did not leave.

alter table links add column left_at bigint not null default 0;
