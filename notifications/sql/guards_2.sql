-- The guards of what came with the agencies' own channels.

CREATE OR REPLACE FUNCTION notifications_delivery_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.key, NEW.notice_id, NEW.channel, NEW.rank, NEW.repeat, NEW.address, NEW.payload, NEW.payload_sha256, NEW.created_at)
       IS DISTINCT FROM
       (OLD.key, OLD.notice_id, OLD.channel, OLD.rank, OLD.repeat, OLD.address, OLD.payload, OLD.payload_sha256, OLD.created_at) THEN
        RAISE EXCEPTION 'the payload of a delivery does not change after posting' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'done' THEN
        RAISE EXCEPTION 'a delivery that is done stays done' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION notifications_peerkey_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a key is retired, not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.agency, NEW.key_id, NEW.salt, NEW.valid_from) IS DISTINCT FROM (OLD.agency, OLD.key_id, OLD.salt, OLD.valid_from)
       OR (OLD.valid_to IS NOT NULL AND (NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to)) THEN
        RAISE EXCEPTION 'a key does not change, and its end only comes nearer' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER peerkey_guard BEFORE UPDATE OR DELETE ON notifications_peerkey
    FOR EACH ROW EXECUTE FUNCTION notifications_peerkey_guard();
CREATE TRIGGER deliverydecision_append_only BEFORE UPDATE OR DELETE ON notifications_deliverydecision
    FOR EACH ROW EXECUTE FUNCTION notifications_append_only();

REVOKE UPDATE, DELETE ON notifications_deliverydecision FROM casedesk_app;
REVOKE DELETE ON notifications_peerkey FROM casedesk_app;
